package bundle

import (
	"context"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"fallow"
	"fallow/internal/bundle/hostroot"
	"fallow/internal/bundle/loader"
)

// movedDir is below which files are put that can't stay at their place.
const movedDir = appDir + "/host"

// gather takes all that was planned, and the extra files.
func (w *wrapper) gather(ctx context.Context) {
	for _, file := range w.programs {
		w.addObject(file)
		w.addClosure(file, !w.spare[file.Path])
	}
	for _, s := range w.scripts {
		if s.at != path.Join(appDir, path.Base(s.at)) {
			w.addLinks(s.Links)
		}
		w.addFile(s.at, s.Path, s.Info.Mode()&0o111 != 0)
	}
	for _, p := range w.carried {
		w.carry(ctx, p, "")
	}
	for _, extra := range w.req.Extra {
		w.carry(ctx, w.absolute(extra.Host), extra.Path)
	}
	for _, p := range w.private {
		w.addPrivate(p)
	}
	for _, module := range w.modules {
		w.addClosure(module, false)
	}
}

// addClosure takes the libraries of an object. One that is required is refused with
// what it lacks. Any other, such as a module, would not load here either, and perhaps
// nobody asks for it: then what it lacks is only told.
func (w *wrapper) addClosure(file *loader.File, required bool) {
	closure, err := w.finder.Closure(file)
	switch {
	case err != nil && required:
		w.refuse(file.Path, "%v", err)
	case err != nil:
		w.note("%v", err)
	}
	for _, library := range closure.Files {
		w.addObject(library)
		if dir := path.Dir(library.Path); w.place(dir) != dir {
			w.addLibDir(w.place(dir))
		}
	}
	for _, dir := range closure.Dirs {
		w.addLibDir(w.place(dir))
	}
	for _, m := range closure.Missing {
		switch {
		case w.supply(m.Name, required):
		case required:
			w.refuse(m.By, "%v", m)
			w.hint = missingHint
		case w.missing[m.Name] == "":
			w.missing[m.Name] = m.By
		}
	}
}

const missingHint = "name the library, or the folder it is in, by --with PATH, in a job file by app: {with: [PATH]}; or set LD_LIBRARY_PATH to the folder"

func (w *wrapper) addObject(file *loader.File) {
	w.addLinks(file.Links)
	w.addFile(w.place(file.Real), file.Real, true)
	if makesCode(file) {
		w.jit = true
	}
}

// addFile takes one file. What a system has is left to the node.
func (w *wrapper) addFile(at, real string, exec bool) {
	if w.inSystem(at) {
		return
	}
	if other, ok := w.files[at]; ok {
		if other.real != real {
			w.refuse(real, "its place %q is already that of %q", at, other.real)
		}
		w.files[at] = source{real, exec || other.exec}
		return
	}
	info, err := os.Lstat(w.root.Host(real))
	switch {
	case err != nil:
		w.refuse(real, "%v", lastCause(err))
		return
	case !info.Mode().IsRegular():
		w.refuse(real, "it is no regular file: %v", info.Mode())
		return
	case info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0:
		w.refuse(real, "it changes its user or group when it starts (%v), which no subjob may", info.Mode())
		return
	}
	w.files[at] = source{real, exec}
	w.size += info.Size()
	w.checkLimits(real)
}

// checkLimits refuses the first file that is too much.
func (w *wrapper) checkLimits(real string) {
	if len(w.files)+len(w.links) == fallow.MaxBundleFiles+1 {
		w.refuse(real, "with it, the bundle has more files than MaxBundleFiles allows, %d", fallow.MaxBundleFiles)
	}
	if w.size > int64(fallow.MaxBundleSize) {
		w.refuse(real, "with it, the bundle has more bytes than MaxBundleSize allows, %s", fallow.MaxBundleSize)
		w.size = 0
	}
}

// place gives where a path of this machine is in the sandbox.
func (w *wrapper) place(p string) string {
	if Reserved(p) && !w.inSystem(p) {
		return movedDir + p
	}
	return p
}

// addLinks takes the links that lead to a file. One that is moved, or that makes
// a detour, is made to lead straight to its end.
func (w *wrapper) addLinks(links []hostroot.Link) {
	for i, l := range links {
		if w.inSystem(l.Path) || i > 0 && within(alternatives, l.Path) {
			continue
		}
		at, err := w.root.Resolve(l.Path)
		if err != nil {
			w.refuse(l.Path, "%v", lastCause(err))
			continue
		}
		target := l.Target
		if w.place(l.Path) != l.Path || w.place(at.Path) != at.Path || slices.ContainsFunc(at.Links, detour) {
			target = w.place(at.Path)
		}
		w.links[w.place(l.Path)] = target
	}
}

// detour tells whether a link lies where the sandbox has none of this machine's.
func detour(hop hostroot.Link) bool {
	return Reserved(hop.Path) || within(alternatives, hop.Path)
}

// alternatives is where Debian keeps the choices of its administrator
// (update-alternatives(1)): they are followed, not carried.
const alternatives = "/etc/alternatives"

func (w *wrapper) addLibDir(dir string) {
	if !slices.Contains(w.libDirs, dir) {
		w.libDirs = append(w.libDirs, dir)
	}
}

// codeMakers are the beginnings of names of libraries that make code while they
// run, and so cannot work where a sandbox forbids it.
var codeMakers = []string{
	"libjvm.so", "libnode.so", "libv8.so", "libmono", "libcoreclr.so", "libluajit",
	"libjavascriptcore", "libLLVM", "libgccjit.so",
}

func makesCode(file *loader.File) bool {
	return file.WritesCode || slices.ContainsFunc(codeMakers, func(name string) bool {
		return strings.HasPrefix(path.Base(file.Real), name)
	})
}
