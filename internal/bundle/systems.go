package bundle

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"fallow"
	"fallow/internal/bundle/recipe"
)

// maxSystemWalk bounds the files of one system that are looked at.
const maxSystemWalk = 1_000_000

// applyRecipe plans what an interpreter needs, once.
func (w *wrapper) applyRecipe(r *recipe.Recipe, named, real string) {
	if r == nil || w.known[r.Name+" "+named] {
		return
	}
	w.known[r.Name+" "+named] = true
	w.jit = w.jit || r.Profile == fallow.ProfileJIT
	if r.Hint != "" && !w.quiet {
		w.note("%s: %s", r.Name, r.Hint)
	}
	expand := func(patterns []string) []string { return r.Expand(patterns, named, real, w.triplet) }
	for _, p := range w.matches(expand(r.Modules)) {
		w.addModules(p)
	}
	w.carried = append(w.carried, w.matches(expand(r.Carried))...)
	for _, variable := range expand(r.Env) {
		w.addEnv(variable)
	}
	libraries := expand(r.Libraries)
	w.finder.SearchAlso(libraries)
	for _, dir := range libraries {
		w.addLibDir(dir)
	}
	for _, name := range r.Needs {
		if p, ok := w.locate(name); ok {
			w.planNeeded(p)
		}
	}
}

func (w *wrapper) matches(patterns []string) []string {
	var found []string
	for _, pattern := range patterns {
		paths, err := w.root.Glob(pattern)
		if err != nil {
			w.refuse(pattern, "%v", err)
		}
		found = append(found, paths...)
	}
	return found
}

// addModules makes a directory of modules a system, or has it carried.
func (w *wrapper) addModules(p string) {
	at, err := w.root.Resolve(p)
	if err != nil || !at.Info.IsDir() {
		return
	}
	if w.req.Carry || !SystemAllowed(at.Path) {
		w.carried = append(w.carried, p)
		return
	}
	w.addSystem(at.Path)
	w.addLinks(at.Links)
}

func (w *wrapper) addSystem(dir string) {
	if w.inSystem(dir) {
		return
	}
	w.systems = slices.DeleteFunc(w.systems, func(s string) bool { return within(dir, s) })
	w.systems = append(w.systems, dir)
	w.scanSystem(dir)
}

func (w *wrapper) inSystem(p string) bool {
	return slices.ContainsFunc(w.systems, func(s string) bool { return within(s, p) })
}

// scanSystem finds the extension modules of a system, because the libraries that
// they load may not be on a node, and the configuration that the system links to.
func (w *wrapper) scanSystem(dir string) {
	seen := 0
	err := fs.WalkDir(w.root.FS(), strings.TrimPrefix(dir, "/"), func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // what this account can't read, nobody runs
		}
		if seen++; seen > maxSystemWalk {
			return fs.ErrInvalid
		}
		p := "/" + name
		switch {
		case entry.Type()&fs.ModeSymlink != 0:
			at, err := w.root.Resolve(p)
			if err == nil && within("/etc", at.Path) && SystemAllowed(at.Path) {
				w.addSystem(systemRoot(at.Path))
			}
		case entry.Type().IsRegular() && strings.Contains(path.Base(name), ".so"):
			if file, err := w.finder.Open(p); err == nil {
				w.modules = append(w.modules, file)
			}
		}
		return nil
	})
	if err != nil {
		w.refuse(dir, "it has more than %d files", maxSystemWalk)
	}
}

func (w *wrapper) addEnv(variable string) {
	if !slices.Contains(w.env, variable) {
		w.env = append(w.env, variable)
	}
}
