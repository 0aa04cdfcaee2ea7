package bundle

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"fallow"
	"fallow/internal/bundle/dpkg"
	"fallow/internal/bundle/recipe"
)

// The limits of what is carried because it is assumed, not known, to be needed.
const (
	// maxPackageSize bounds the private files of a package that another one needs.
	maxPackageSize = 64 * fallow.MiB
	// maxAssumedSize and maxAssumedFiles bound those of all packages together.
	maxAssumedSize  = 1 * fallow.GiB
	maxAssumedFiles = 20_000
	// maxScriptText bounds what is read of a script.
	maxScriptText = 4 << 20
	// maxCalled bounds the programs that scripts are assumed to call.
	maxCalled = 500
)

// assumer plans what programs need that can't be seen in them: the private files of
// their packages, and the programs that scripts call. Whatever it plans is left out
// again rather than refused if it can't be wrapped.
type assumer struct {
	*wrapper
	db       *dpkg.Database // nil on a machine without
	base     map[*dpkg.Package]bool
	packages map[*dpkg.Package]bool // whose files have been taken, or left out
	common   map[string]string      // programs of the base system, paths by name; nil before the first is asked for
	texts    map[string]bool        // scripts that have been scanned
	places   map[string]string      // directories without links, by path
	closed   map[string]bool        // whether only some may look into a directory
	programs int                    // how many of the planned programs have been seen to
	scripts  int
	size     fallow.Size
	files    int
	taken    []string // names of packages, for people
	called   []string // names of programs, for people
}

// assume plans for all programs and scripts, and for those that it adds itself.
func (w *wrapper) assume(ctx context.Context) error {
	if w.req.Bare {
		return nil
	}
	db, err := dpkg.Open(w.root, w.req.Arch)
	if err != nil {
		return err
	}
	a := &assumer{
		wrapper: w, db: db, packages: map[*dpkg.Package]bool{}, texts: map[string]bool{},
		places: map[string]string{}, closed: map[string]bool{},
	}
	if db != nil {
		a.base = db.Base()
	}
	for _, text := range w.req.ShellText {
		a.callCommands([]byte(text), a.onPath)
	}
	for ctx.Err() == nil && (a.programs < len(w.programs) || a.scripts < len(w.scripts)) {
		a.round()
	}
	a.tell()
	return nil
}

// round sees to the programs and scripts that have been planned since the last one.
// Interpreters are the matter of their recipes.
func (a *assumer) round() {
	var own, libraries []string
	for _, file := range a.wrapper.programs[a.programs:] {
		a.callFromProgram(file)
		if recipe.ForProgram(file.Real) != nil {
			continue
		}
		own = append(own, file.Real)
		if closure, err := a.finder.Closure(file); err == nil { // else it is refused later
			for _, library := range closure.Files {
				libraries = append(libraries, library.Real)
				a.applyRecipe(recipe.ForProgram(library.Real), library.Path, library.Real)
			}
		}
	}
	var scripts []script
	for _, s := range a.wrapper.scripts[a.scripts:] {
		if recipe.ForProgram(s.Path) == nil {
			scripts = append(scripts, s)
			own = append(own, s.Path)
		}
	}
	a.programs, a.scripts = len(a.wrapper.programs), len(a.wrapper.scripts)
	owners := a.owners(own, libraries)
	for _, s := range scripts {
		a.callFromScript(s, owners[s.Path])
	}
	a.takePackages(owners, own, libraries)
}

func (a *assumer) owners(own, libraries []string) map[string]*dpkg.Package {
	if a.db == nil {
		return nil
	}
	return a.db.Owners(append(append([]string{}, own...), libraries...))
}

// tell makes notes of what was assumed.
func (a *assumer) tell() {
	if len(a.called) > 0 {
		a.note("scripts are assumed to call %s; what else they call must be named as further programs or extra files", strings.Join(a.called, ", "))
	}
	if len(a.taken) > 0 {
		a.note("with it go %d plug-ins and data files (%s) of the packages %s", a.files, a.size, strings.Join(a.taken, ", "))
	}
}

// public tells whether everybody on this machine may read a file without links. What
// only some may is a secret, even if it came with a package.
func (a *assumer) public(p string, info fs.FileInfo) bool {
	if info.Mode()&0o004 == 0 {
		return false
	}
	for dir := range ancestors(p) {
		closed, ok := a.closed[dir]
		if !ok {
			at, err := a.root.Resolve(dir)
			closed = err != nil || at.Info.Mode()&0o001 == 0
			a.closed[dir] = closed
		}
		if closed {
			return false
		}
	}
	return true
}

// callProgram plans a program that is assumed to be called.
func (a *assumer) callProgram(named string) {
	at, err := a.root.Resolve(named)
	if err != nil || len(a.called) >= maxCalled || !startable(at.Info.Mode()) || !a.public(at.Path, at.Info) {
		return
	}
	refusals, name := len(a.refusals), path.Base(named)
	a.assumed = true
	a.planNeeded(named)
	a.assumed = false
	failed := len(a.refusals) > refusals
	if a.refusals = a.refusals[:refusals]; !failed && !slices.Contains(a.called, name) {
		a.called = append(a.called, name)
	}
}

// startable tells programs that a sandbox can start from others: it changes nobody's
// user or group.
func startable(mode fs.FileMode) bool {
	return mode.IsRegular() && mode&0o111 != 0 && mode&(fs.ModeSetuid|fs.ModeSetgid) == 0
}
