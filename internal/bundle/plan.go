package bundle

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"fallow"
	"fallow/internal/bundle/hostroot"
	"fallow/internal/bundle/loader"
	"fallow/internal/bundle/recipe"
	"fallow/internal/bundle/shebang"
)

// appDir is where scripts are put in the sandbox.
const appDir = "/app"

// script is a file to be put at a place of its own.
type script struct {
	at    string
	shell bool // its interpreter is a shell
	hostroot.Resolved
}

// plan finds all programs: those named, the interpreters of scripts, and those that
// recipes name.
func (w *wrapper) plan() {
	for _, name := range w.req.Scripts {
		w.planScript(name)
	}
	for _, name := range w.req.Programs {
		w.planProgram(name)
	}
}

func (w *wrapper) planScript(name string) {
	at, head, ok := w.look(w.absolute(name))
	if !ok {
		return
	}
	if bytes.HasPrefix(head, []byte("\x7fELF")) {
		w.refuse(name, "it is a native program and no script; name it as a program")
		return
	}
	place := path.Join(appDir, path.Base(name))
	if argv := w.scriptArgv(name, head, place); argv != nil {
		w.scripts = append(w.scripts, script{place, isShell(argv[0]), at})
		w.addEntry(path.Base(name), argv)
	}
}

func (w *wrapper) planProgram(name string) {
	named, ok := w.locate(name)
	if !ok {
		return
	}
	at, head, ok := w.look(named)
	switch {
	case !ok:
	case bytes.HasPrefix(head, []byte("PK")) && path.Ext(named) == ".jar":
		w.planScript(named)
	case bytes.HasPrefix(head, []byte("#!")):
		if argv := w.planStarter(named, at, head); argv != nil {
			w.addEntry(path.Base(named), argv)
		}
	default:
		if w.planObject(named) {
			w.addEntry(path.Base(named), []string{w.place(named)})
		}
	}
}

// planStarter plans a program that is a script, at its own place, and gives the
// words that start it; nil if it was refused.
func (w *wrapper) planStarter(named string, at hostroot.Resolved, head []byte) []string {
	if at.Info.Mode()&0o111 == 0 {
		w.refuse(named, "it is a script that may not be executed (mode %v); make it so by chmod +x, or name it as a script", at.Info.Mode())
		return nil
	}
	argv := w.scriptArgv(named, head, w.place(named))
	if argv != nil {
		w.scripts = append(w.scripts, script{w.place(at.Path), isShell(argv[0]), at})
		w.applyRecipe(recipe.ForProgram(at.Path), named, at.Path)
	}
	return argv
}

// planNeeded plans a program that another one starts. Nobody asked for it by name,
// so its recipe's hint is kept back.
func (w *wrapper) planNeeded(named string) {
	outer := w.quiet
	w.quiet = true
	defer func() { w.quiet = outer }()
	at, head, ok := w.look(named)
	switch {
	case !ok:
	case bytes.HasPrefix(head, []byte("#!")):
		w.planStarter(named, at, head)
	default:
		w.planObject(named)
	}
}

// planObject plans a native program and what its recipe says.
func (w *wrapper) planObject(named string) bool {
	if w.known[named] {
		return true
	}
	file, err := w.finder.Open(named)
	switch {
	case errors.Is(err, loader.ErrNotELF):
		w.refuse(named, "it is neither an ELF program nor a script that begins with #!")
	case err != nil:
		w.refuse(named, "%v", err)
	case file.Interpreter == "" && file.Name != "" && !file.PIE:
		w.refuse(named, "it is a shared library and no program; name it as an extra file")
	default:
		w.known[named] = true
		w.spare[file.Path] = w.assumed
		w.programs = append(w.programs, file)
		w.applyRecipe(recipe.ForProgram(file.Real), named, file.Real)
		return true
	}
	return false
}

func (w *wrapper) addEntry(name string, argv []string) {
	if !namePattern.MatchString(name) {
		w.refuse(name, "it can't be the name of a command (letters, digits and ._+@-, up to 128)")
		return
	}
	for _, e := range w.entries {
		if e.Name == name {
			w.refuse(argv[len(argv)-1], "there are two programs of the name %q, so a command could not tell them apart", name)
			return
		}
	}
	w.entries = append(w.entries, fallow.Entry{Name: name, Argv: argv})
}

// look resolves a path to a file that can be carried, and reads its beginning.
func (w *wrapper) look(named string) (hostroot.Resolved, []byte, bool) {
	at, err := w.root.Resolve(named)
	if err != nil {
		w.refuse(named, "%v", lastCause(err))
		return at, nil, false
	}
	if !at.Info.Mode().IsRegular() {
		w.refuse(named, "it is no regular file: %v", at.Info.Mode())
		return at, nil, false
	}
	head, err := w.head(at.Path)
	if err != nil {
		w.refuse(named, "%v", lastCause(err))
		return at, nil, false
	}
	return at, head, true
}

// head reads as much of a file as tells what it is.
func (w *wrapper) head(real string) ([]byte, error) {
	file, err := w.root.Open(real)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head := make([]byte, shebang.MaxLine)
	n, err := io.ReadFull(file, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], err
}

// absolute makes a path that a person typed one of the root.
func (w *wrapper) absolute(name string) string {
	if w.req.Root == "/" {
		if abs, err := filepath.Abs(name); err == nil {
			return abs
		}
	}
	return path.Join("/", name)
}

// locate finds a program by name on PATH, or by path.
func (w *wrapper) locate(name string) (string, bool) {
	if strings.Contains(name, "/") {
		return w.absolute(name), true
	}
	if recipe.ForCommand(name) != nil {
		return w.locateInterpreter(name)
	}
	for _, dir := range w.req.SearchPath {
		if p := path.Join(dir, name); path.IsAbs(dir) && w.executable(p) {
			return p, true
		}
	}
	w.refuse(name, "there is no program of this name in any directory of PATH")
	w.hint = cmp.Or(w.hint, "check its spelling, or name it by a path with a slash")
	return "", false
}

func (w *wrapper) executable(p string) bool {
	at, err := w.root.Resolve(p)
	return err == nil && at.Info.Mode().IsRegular() && at.Info.Mode()&0o111 != 0
}

// lastCause leaves out the path, which the reader already has.
func lastCause(err error) error {
	for _, known := range []error{fs.ErrNotExist, fs.ErrPermission} {
		if errors.Is(err, known) {
			return known
		}
	}
	var at *os.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
