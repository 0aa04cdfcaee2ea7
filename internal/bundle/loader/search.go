package loader

import (
	"debug/elf"
	"path"
	"slices"
	"strings"
)

// loaded is an object in the order of loading, with who asked for it first.
type loaded struct {
	*File
	by *loaded
}

// origin is what $ORIGIN stands for: the program's directory without links
// (/proc/self/exe), a library's as it was found.
func (l *loaded) origin() string {
	if l.by == nil {
		return path.Dir(l.Real)
	}
	return path.Dir(l.Path)
}

// platform is the defaults that are compiled into a dynamic loader. They follow
// from where it lies.
type platform struct {
	defaults []string
	lib      string // $LIB
	musl     bool
}

func platformOf(loader *File) platform {
	dir := path.Dir(loader.Real)
	below := strings.TrimPrefix(strings.TrimPrefix(dir, "/usr"), "/")
	p := platform{lib: below, musl: strings.HasPrefix(path.Base(loader.Path), "ld-musl-")}
	switch {
	case p.musl:
		p.defaults = []string{"/lib", "/usr/local/lib", "/usr/lib"}
	case below == "lib" || strings.HasPrefix(below, "lib/"):
		p.defaults = []string{"/" + below, "/usr/" + below, "/lib", "/usr/lib"}
	case below == "lib64":
		p.defaults = []string{"/lib64", "/usr/lib64"}
	default:
		p.defaults, p.lib = []string{dir}, path.Base(dir)
	}
	return p
}

// A place is a directory in which a library is looked for.
type place struct {
	dir string
	// told: the loader in the sandbox won't look here by itself, because it knows the
	// directory from its configuration or environment only.
	told bool
}

// places lists where a library that an object needs is looked for, in the order of
// ld.so(8): the RPATHs of the object and of those that loaded it, LD_LIBRARY_PATH,
// its RUNPATH, the directories of the cache, the defaults. The variants for newer
// processors (glibc-hwcaps) are left out: a bundle must run on all nodes.
func (f *Finder) places(l *loaded, p platform) []place {
	var places []place
	add := func(told bool, dirs ...string) {
		for _, dir := range dirs {
			if !slices.ContainsFunc(places, func(x place) bool { return x.dir == dir }) {
				places = append(places, place{dir, told && !slices.Contains(p.defaults, dir)})
			}
		}
	}
	if l.RunPath == "" || p.musl {
		for at := l; at != nil; at = at.by {
			if at.RunPath == "" {
				add(false, f.expand(at.RPath, at, p)...)
			}
		}
	}
	add(true, f.library...)
	add(false, f.expand(l.RunPath, l, p)...)
	if !p.musl {
		add(true, f.conf...)
	}
	add(false, p.defaults...)
	return places
}

// expand splits a search path and replaces its tokens. Empty and relative parts,
// which mean the current directory, find nothing in a sandbox and are left out.
func (f *Finder) expand(searchPath string, l *loaded, p platform) []string {
	var dirs []string
	for dir := range strings.SplitSeq(searchPath, ":") {
		if dir = f.replaceTokens(dir, l, p); path.IsAbs(dir) {
			dirs = append(dirs, path.Clean(dir))
		}
	}
	return dirs
}

func (f *Finder) replaceTokens(s string, l *loaded, p platform) string {
	if !strings.Contains(s, "$") {
		return s
	}
	hardware := map[elf.Machine]string{elf.EM_X86_64: "x86_64", elf.EM_AARCH64: "aarch64"}[f.machine]
	return strings.NewReplacer(
		"${ORIGIN}", l.origin(), "$ORIGIN", l.origin(),
		"${LIB}", p.lib, "$LIB", p.lib,
		"${PLATFORM}", hardware, "$PLATFORM", hardware,
	).Replace(s)
}
