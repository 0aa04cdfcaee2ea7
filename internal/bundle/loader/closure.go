package loader

import (
	"debug/elf"
	"fmt"
	"path"
	"slices"
	"strings"
)

// maxClosure bounds the objects that the start of one program loads.
const maxClosure = 10_000

// Closure is what the start of a program loads.
type Closure struct {
	Files   []*File  // without the object itself: its loader first, then in order of loading
	Dirs    []string // where the loader will look only if LD_LIBRARY_PATH says so
	Missing []Missing
}

// Missing is a library that was not found.
type Missing struct {
	Name     string
	By       string // the object that needs it
	Searched []string
}

// String tells which library is missing, who needs it and where it was looked for.
func (m Missing) String() string {
	return fmt.Sprintf("library %q, needed by %q, is in none of %s", m.Name, m.By, strings.Join(m.Searched, ", "))
}

// standardLoaders start the libraries' programs, of which nothing else is known.
var standardLoaders = map[elf.Machine][]string{
	elf.EM_X86_64:  {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"},
	elf.EM_AARCH64: {"/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1"},
}

// Closure finds all objects that are loaded with one that [Finder.Open] gave. A
// program brings its own loader; a library is looked at as a program with the
// machine's standard loader would load it. The error is about the loader; missing
// libraries are listed in the closure.
func (f *Finder) Closure(o *File) (Closure, error) {
	if o.Interpreter == "" && len(o.Needed) == 0 {
		return Closure{}, nil
	}
	loader, err := f.loaderOf(o)
	if err != nil {
		return Closure{}, err
	}
	walk := closureWalk{finder: f, platform: platformOf(loader), known: map[string]bool{}}
	if o.Interpreter != "" {
		walk.Files = append(walk.Files, loader)
	}
	walk.know(loader)
	walk.know(o)
	walk.queue = []*loaded{{File: o}}
	walk.run()
	if slices.ContainsFunc(walk.Files, func(l *File) bool { return l.Name == "libc.so.6" }) {
		walk.addLateLibraries()
		walk.run()
	}
	if len(walk.Files) >= maxClosure {
		return Closure{}, fmt.Errorf("%q loads more than %d libraries", o.Path, maxClosure)
	}
	return walk.Closure, nil
}

func (f *Finder) loaderOf(o *File) (*File, error) {
	if o.Interpreter != "" {
		if !path.IsAbs(o.Interpreter) {
			return nil, fmt.Errorf("%q names the loader %q, which is not an absolute path", o.Path, o.Interpreter)
		}
		loader, err := f.Open(o.Interpreter)
		if err != nil {
			return nil, fmt.Errorf("loader of %q: %w", o.Path, err)
		}
		return loader, nil
	}
	for _, p := range standardLoaders[f.machine] {
		if loader := f.try(p); loader != nil {
			return loader, nil
		}
	}
	return nil, fmt.Errorf("this machine has no dynamic loader for %q", o.Path)
}

type closureWalk struct {
	Closure
	finder   *Finder
	platform platform
	known    map[string]bool // names under which something is loaded
	queue    []*loaded
}

func (w *closureWalk) run() {
	for len(w.queue) > 0 && len(w.Files) < maxClosure {
		next := w.queue[0]
		w.queue = w.queue[1:]
		for _, name := range next.Needed {
			w.need(name, next)
		}
	}
}

// know registers the names by which later needs find an object that is loaded.
func (w *closureWalk) know(o *File) {
	w.known[o.Name] = true
	w.known[o.Real] = true
	if w.platform.musl {
		// musl is its own C library, whatever name it is needed by.
		if strings.HasPrefix(path.Base(o.Path), "ld-musl-") {
			w.known["libc.so"] = true
		}
	}
}

func (w *closureWalk) need(name string, by *loaded) {
	if w.known[name] {
		return
	}
	w.known[name] = true
	found, where, searched := w.find(name, by)
	if found == nil {
		w.Missing = append(w.Missing, Missing{Name: name, By: by.Path, Searched: searched})
		return
	}
	if w.known[found.Real] {
		return
	}
	w.load(found, by)
	if where.told && !slices.Contains(w.Dirs, where.dir) {
		w.Dirs = append(w.Dirs, where.dir)
	}
}

func (w *closureWalk) load(found *File, by *loaded) {
	w.know(found)
	w.Files = append(w.Files, found)
	w.queue = append(w.queue, &loaded{File: found, by: by})
}

func (w *closureWalk) find(name string, by *loaded) (*File, place, []string) {
	if strings.Contains(name, "/") {
		p := w.finder.replaceTokens(name, by, w.platform)
		if !path.IsAbs(p) {
			return nil, place{}, []string{"the current directory, which is another on a node"}
		}
		return w.finder.try(p), place{}, []string{p}
	}
	var searched []string
	for _, where := range w.finder.places(by, w.platform) {
		if found := w.finder.try(path.Join(where.dir, name)); found != nil {
			return found, where, nil
		}
		searched = append(searched, where.dir)
	}
	return nil, place{}, searched
}

// lateLibraries are those that glibc itself loads when it first needs them: to end
// a thread (pthread_exit(3)) and, where they are not built in (before glibc 2.34),
// to look up users and hosts (nsswitch.conf(5)).
var lateLibraries = []string{"libgcc_s.so.1", "libnss_files.so.2", "libnss_dns.so.2"}

// addLateLibraries takes those that this machine has. A program that needs one that
// it has not would not run here either.
func (w *closureWalk) addLateLibraries() {
	for _, name := range lateLibraries {
		for _, dir := range w.platform.defaults {
			if w.known[name] {
				break
			}
			if found := w.finder.try(path.Join(dir, name)); found != nil {
				w.known[name] = true
				w.load(found, nil)
			}
		}
	}
}
