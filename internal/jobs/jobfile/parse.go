package jobfile

import (
	"path"
	"strings"

	"fallow"
	"fallow/internal/jobs"
)

// Parse reads a job file. The error is an [*Errors] with all that is wrong; name is
// what the file is called there, and what the job is called if it does not say.
func Parse(name string, src []byte) (*File, error) {
	text := strings.TrimPrefix(string(src), "\ufeff") // a byte order mark says nothing
	p := reading{File: &File{Retries: fallow.DefaultRetries}}
	p.text = source{name: name, lines: strings.Split(text, "\n")}
	p.source = &p.text
	if p.checkText(src); len(p.problems) == 0 {
		if root := p.parseTree(text); root != nil {
			p.root(root)
		}
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	return p.File, nil
}

// reading reads the parts of a job file into a File, and keeps where they stand.
type reading struct {
	*File
	*source
	run     []*node // the words of the command, as far as they have a place
	env     []*node // the values of Env
	collect *node
	broken  map[string]bool // the top-level keys with problems
}

func (p *reading) root(n *node) {
	known := fields{
		"name": p.readName, "run": p.readRun, "app": p.readApp, "inputs": p.readInputs,
		"split": p.readSplit, "collect": p.readCollect, "needs": p.readNeeds,
		"retries": p.readRetries, "priority": p.readPriority, "env": p.readEnv,
	}
	p.broken = map[string]bool{}
	for key, read := range known {
		known[key] = func(n *node) {
			before := len(p.problems)
			read(n)
			p.broken[key] = len(p.problems) > before
		}
	}
	if !p.mapping(n, "a job file", known) {
		return
	}
	for _, e := range n.entries {
		if e.key == "app" || e.key == "run" && !has(n, "app") {
			p.program = e.value.at
		}
	}
	if p.Name == "" {
		p.Name = defaultName(p.source.name)
	}
	if !has(n, "run") {
		p.problem(n.at, "write run: PROGRAM ARGUMENTS", "the job file does not say what to run")
		p.broken["run"] = true
	}
	if !p.broken["run"] && !p.broken["split"] && !p.broken["env"] {
		p.check()
	}
}

func has(n *node, key string) bool {
	for _, e := range n.entries {
		if e.key == key {
			return true
		}
	}
	return false
}

func defaultName(file string) string {
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	return strings.TrimSuffix(base, path.Ext(base))
}

func (p *reading) readName(n *node) {
	name, ok := p.str(n, "name")
	if !ok {
		return
	}
	if err := jobs.CheckName(name); err != nil {
		p.fail(n.at, err)
	}
	p.Name = name
}

func (p *reading) readRetries(n *node) {
	p.Retries = p.small(n, "retries", 0)
	if err := jobs.CheckRetries(p.Retries); err != nil {
		p.fail(n.at, err)
	}
}

func (p *reading) readPriority(n *node) {
	p.Priority = p.small(n, "priority", -jobs.MaxPriority)
	if err := jobs.CheckPriority(p.Priority); err != nil {
		p.fail(n.at, err)
	}
}

func (p *reading) readEnv(n *node) {
	if n.kind != mapping {
		p.wrongKind(n, "env", mapping)
		return
	}
	for _, e := range n.entries {
		if !jobs.IsEnvName(e.key) {
			p.problem(e.at, "a name is made of letters, digits and underscores, a letter first", "%q can't name an environment variable", e.key)
		}
		if e.value.kind != scalar {
			p.wrongKind(e.value, "the value of "+e.key, scalar)
			continue
		}
		p.Env = append(p.Env, e.key+"="+e.value.text)
		p.env = append(p.env, e.value)
	}
}
