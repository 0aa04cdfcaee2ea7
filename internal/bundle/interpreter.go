package bundle

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"fallow/internal/bundle/recipe"
	"fallow/internal/bundle/shebang"
)

// scriptArgv gives the words that start a script which lies at a place in the
// sandbox, and plans its interpreter; nil if it was refused.
func (w *wrapper) scriptArgv(name string, head []byte, place string) []string {
	line, err := shebang.Parse(head)
	if err != nil {
		w.refuse(name, "%v", err)
		return nil
	}
	if line == nil {
		known := recipe.ForScript(name)
		if known == nil || known.Profile == "" && bytes.IndexByte(head, 0) >= 0 {
			w.refuse(name, "it is neither an ELF program nor a script: it does not begin with #!, and its name does not end like one of a known language")
			return nil
		}
		line = &shebang.Line{Program: known.Command, Args: known.Script}
	}
	starter := w.planInterpreter(line.Program)
	if starter == nil {
		return nil
	}
	return slices.Concat(starter, line.Args, []string{place})
}

// maxNesting is how many interpreters the kernel goes through for one script
// (execve(2)).
const maxNesting = 4

// planInterpreter gives the words that start an interpreter. It may be a script
// itself, as those of R and Wine are.
func (w *wrapper) planInterpreter(program string) []string {
	named, ok := w.interpreter(program)
	if !ok {
		return nil
	}
	at, head, ok := w.look(named)
	if !ok {
		return nil
	}
	if !bytes.HasPrefix(head, []byte("#!")) {
		if !w.planObject(named) {
			return nil
		}
		return []string{w.place(named)}
	}
	if w.nesting++; w.nesting > maxNesting {
		w.refuse(named, "more than %d interpreters are scripts themselves", maxNesting)
		return nil
	}
	defer func() { w.nesting-- }()
	return w.planStarter(named, at, head)
}

// interpreter finds the program that a script's first line names. What is known as a
// native program, but is a script there, is a shim.
func (w *wrapper) interpreter(program string) (string, bool) {
	if !path.IsAbs(program) {
		return w.locateInterpreter(program)
	}
	at, head, ok := w.look(program)
	if !ok {
		return "", false
	}
	if known := recipe.ForCommand(path.Base(at.Path)); known != nil && bytes.HasPrefix(head, []byte("#!")) {
		return w.locateInterpreter(path.Base(at.Path))
	}
	return program, true
}

// locateInterpreter finds an interpreter by name. The first on PATH may be a shim,
// a script that picks a version, or an installation of a person's own, whose modules
// no node has: then one of the distribution is preferred, unless modules are carried
// in any case.
func (w *wrapper) locateInterpreter(name string) (string, bool) {
	var all, native, preferred []string
	for _, dir := range slices.Concat(w.req.SearchPath, strings.Split(usualPath, ":")) {
		p := path.Join(dir, name)
		if !path.IsAbs(dir) || !w.executable(p) {
			continue
		}
		all = append(all, p)
		at, err := w.root.Resolve(p)
		if err != nil {
			continue
		}
		head, err := w.head(at.Path)
		if err != nil || !bytes.HasPrefix(head, []byte("\x7fELF")) {
			continue
		}
		native = append(native, p)
		if w.req.Carry || within("/usr", at.Path) && !within("/usr/local", at.Path) {
			preferred = append(preferred, p)
		}
	}
	candidates := slices.Concat(preferred, native, all)
	if len(candidates) == 0 {
		w.refuse(name, "there is no interpreter of this name in %s", strings.Join(w.req.SearchPath, ", "))
		return "", false
	}
	if candidates[0] != all[0] {
		w.note("%s is a shim, or not of this machine's distribution; %s is taken instead", all[0], candidates[0])
	}
	return candidates[0], true
}
