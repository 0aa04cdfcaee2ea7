package bundle

import (
	"iter"
	"maps"
	"path"
	"slices"

	"fallow/internal/bundle/dpkg"
)

// foreignSections are those of packages that other programs need only to be built or
// described, or that a recipe knows better.
var foreignSections = []string{
	"admin", "debug", "devel", "doc", "gnu-r", "introspection", "java", "javascript", "kernel", "libdevel",
	"localization", "perl", "php", "python", "ruby", "translations",
}

// needed gives the packages that others need, without themselves, the base system and
// what is of no use in a sandbox.
func (a *assumer) needed(own []*dpkg.Package) []*dpkg.Package {
	all := a.db.Closure(own, func(p *dpkg.Package) bool {
		return a.base[p] || !slices.Contains(own, p) && slices.Contains(foreignSections, p.Section)
	})
	return slices.DeleteFunc(all, func(p *dpkg.Package) bool { return slices.Contains(own, p) })
}

// takePackages plans the private files of the packages of programs, of their
// companions, of their libraries and of all that these need.
func (a *assumer) takePackages(owners map[string]*dpkg.Package, programs, libraries []string) {
	if a.db == nil {
		return
	}
	own := packagesOf(owners, programs)
	for _, p := range slices.Clone(own) {
		own = append(own, a.db.Companions(p)...)
	}
	own = slices.DeleteFunc(own, func(p *dpkg.Package) bool { return a.base[p] })
	for _, p := range own {
		a.takePackage(p, true)
	}
	for _, p := range a.needed(slices.Concat(own, packagesOf(owners, libraries))) {
		a.takePackage(p, false)
	}
	for _, p := range packagesOf(owners, libraries) {
		a.takePackage(p, false)
	}
}

func packagesOf(owners map[string]*dpkg.Package, paths []string) []*dpkg.Package {
	var packages []*dpkg.Package
	for _, p := range paths {
		if owner := owners[p]; owner != nil && !slices.Contains(packages, owner) {
			packages = append(packages, owner)
		}
	}
	return packages
}

// takePackage plans the private files of one package, unless they are too much.
func (a *assumer) takePackage(p *dpkg.Package, own bool) {
	if a.packages[p] || a.base[p] {
		return
	}
	a.packages[p] = true
	files, size := a.privateFiles(p, own)
	switch {
	case len(files) == 0:
		return
	case !own && size > maxPackageSize, a.size+size > maxAssumedSize, a.files+len(files) > maxAssumedFiles:
		a.note("package %s, %s in %d files, is left out: it is large and perhaps not needed; what is must be named as extra files, such as %s",
			p.Name, size, len(files), path.Dir(files[0]))
		return
	}
	a.size += size
	a.files += len(files)
	a.private = append(a.private, files...)
	a.taken = append(a.taken, p.Name)
	if own {
		a.callFromHelpers(files)
	}
}

// callFromHelpers plans what the shell scripts among a program's private files call.
func (a *assumer) callFromHelpers(files []string) {
	for _, p := range files {
		at, err := a.root.Resolve(p)
		if err != nil || !startable(at.Info.Mode()) || a.texts[at.Path] {
			continue
		}
		head, err := a.head(at.Path)
		if err != nil || !startsShell(head) {
			continue
		}
		a.texts[at.Path] = true
		a.callProgram(startOf(head))
		a.callCommands(a.text(at.Path), a.inBaseNative)
	}
}

// programsOf yields the programs of a package that people start by name, in order
// of name.
func (a *assumer) programsOf(p *dpkg.Package) iter.Seq2[string, string] {
	found := map[string]string{}
	for _, file := range a.db.Files(p) {
		if slices.Contains(binaries, path.Dir(file)) && a.executable(file) {
			found[path.Base(file)] = file
		}
	}
	return func(yield func(string, string) bool) {
		for _, name := range slices.Sorted(maps.Keys(found)) {
			if !yield(name, found[name]) {
				return
			}
		}
	}
}
