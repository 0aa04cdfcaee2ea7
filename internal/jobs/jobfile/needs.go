package jobfile

import (
	"errors"
	"strconv"

	"fallow"
	"fallow/internal/jobs"
	"fallow/internal/jobs/requirement"
)

// readNeeds reads what a subjob needs of a node.
func (p *reading) readNeeds(n *node) {
	before := len(p.problems)
	out := &p.Needs
	p.mapping(n, "needs", fields{
		"memory":  func(n *node) { out.Memory = p.size(n, "memory") },
		"disk":    func(n *node) { out.Disk = p.size(n, "disk") },
		"output":  func(n *node) { out.Output = p.size(n, "output") },
		"cores":   func(n *node) { out.Cores = p.small(n, "cores", 1) },
		"procs":   func(n *node) { out.Procs = p.small(n, "procs", 1) },
		"speed":   func(n *node) { out.Speed = p.speed(n) },
		"time":    p.readTime,
		"labels":  p.readLabels,
		"node":    p.readNode,
		"sandbox": p.readSandbox,
	})
	if len(p.problems) > before {
		return
	}
	if err := jobs.CheckNeeds(*out); err != nil {
		p.fail(n.at, err)
	}
}

// readTime reads the most time, or {min, max}.
func (p *reading) readTime(n *node) {
	if n.kind == scalar {
		p.Needs.MaxTime = p.duration(n, "time")
		return
	}
	p.mapping(n, "time", fields{
		"min": func(n *node) { p.Needs.MinTime = p.duration(n, "min") },
		"max": func(n *node) { p.Needs.MaxTime = p.duration(n, "max") },
	})
}

func (p *reading) readLabels(n *node) {
	if n.kind != mapping {
		p.wrongKind(n, "labels", mapping)
		return
	}
	p.Needs.Labels = map[string]string{}
	for _, e := range n.entries {
		if value, ok := p.str(e.value, "the label "+e.key); ok {
			p.Needs.Labels[e.key] = value
		}
	}
}

func (p *reading) readNode(n *node) {
	text, ok := p.str(n, "node")
	if !ok {
		return
	}
	p.Needs.Node = text
	_, err := requirement.Compile(text)
	if err == nil {
		return
	}
	at := n.at
	if place, ok := errors.AsType[*requirement.SyntaxError](err); ok {
		at = p.within(n, byteOffset(text, place.Offset))
	}
	p.fail(at, err)
}

// byteOffset gives where the character at an offset begins.
func byteOffset(text string, characters int) int {
	for i := range text {
		if characters == 0 {
			return i
		}
		characters--
	}
	return len(text)
}

func (p *reading) readSandbox(n *node) {
	text, ok := p.str(n, "sandbox")
	if !ok {
		return
	}
	p.Needs.Sandbox = fallow.Profile(text)
	if text != string(fallow.ProfileStrict) && text != string(fallow.ProfileJIT) {
		p.problem(n.at, "strict is for most programs; jit for those that make code of their own, such as Java", "sandbox must be strict or jit, not %q", text)
	}
}

func (p *reading) speed(n *node) float64 {
	text, ok := p.str(n, "speed")
	v, err := strconv.ParseFloat(text, 64)
	if ok && (err != nil || !(v > 0)) {
		p.problem(n.at, "", "speed must be a number above 0, not %q", text)
	}
	return v
}
