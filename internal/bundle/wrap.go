package bundle

import (
	"cmp"
	"context"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"fallow"
	"fallow/internal/bundle/hostroot"
	"fallow/internal/bundle/loader"
)

// Wrap makes a bundle of programs and scripts of this machine. Nothing of them is
// run. It takes their shared libraries as the dynamic loader would find them, the
// symbolic links that lead to each file, and what package recipe knows of
// interpreters. Everything stays at its place, but for scripts, which go to /app, and
// files where the sandbox has its own (see [Reserved]), which go below /app/host.
//
// What programs load later by themselves (dlopen), and the programs that they start,
// can't be seen in them. Of those, Wrap takes what the machine's package manager
// (package dpkg) has as private files of the programs' packages and of those that these
// need, and the programs that shell scripts name (package shellscan), unless
// [Request.Bare] is set. What is still missing must be named as [Extra]. If anything can't be wrapped, the error wraps [Refusals], which has all
// the reasons.
func Wrap(ctx context.Context, req Request) (*Wrapped, error) {
	w, err := newWrapper(req)
	if err != nil {
		return nil, err
	}
	w.plan()
	if err := w.assume(ctx); err != nil {
		return nil, err
	}
	w.gather(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := w.refused(); err != nil {
		return nil, err
	}
	return w.finish(ctx)
}

// wrapper collects a bundle in three steps. The first, plan, finds the programs and
// with them the systems, on which it depends what is carried; the second, assume,
// adds what they are likely to need; the third, gather, takes the files.
type wrapper struct {
	req     Request
	root    hostroot.Root
	finder  *loader.Finder
	triplet string

	programs []*loader.File  // planned
	known    map[string]bool // paths of planned programs, names of applied recipes
	scripts  []script        // planned
	carried  []string        // files and directories that recipes carry
	modules  []*loader.File  // objects in systems, whose libraries are carried
	private  []string        // files of packages that are assumed to be needed
	spare    map[string]bool // paths of programs that are only assumed to be needed
	quiet    bool            // while planning what nobody named
	assumed  bool            // while planning what is only assumed to be needed
	nesting  int             // interpreters that are scripts, while planning one

	files   map[string]source // gathered, by place in the sandbox
	links   map[string]string // targets by place
	systems []string
	entries []fallow.Entry
	env     []string
	libDirs []string // for LD_LIBRARY_PATH
	jit     bool     // something makes code while it runs
	size    int64
	missing map[string]string // libraries that modules lack, with one that needs each

	supplied map[string]bool // libraries found among the extra files

	notes    []string
	refusals Refusals
	hint     string // what to do about a refusal
}

// source is where the content of a file comes from.
type source struct {
	real string // in the root, without links
	exec bool
}

// platforms are the architectures that can be wrapped.
var platforms = map[string]struct {
	machine elf.Machine
	triplet string
}{
	"amd64": {elf.EM_X86_64, "x86_64-linux-gnu"},
	"arm64": {elf.EM_AARCH64, "aarch64-linux-gnu"},
}

// usualPath is PATH where nobody set one.
const usualPath = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

func newWrapper(req Request) (*wrapper, error) {
	req.Root = cmp.Or(req.Root, "/")
	req.Arch = cmp.Or(req.Arch, runtime.GOARCH)
	platform, ok := platforms[req.Arch]
	if !ok {
		return nil, fallow.Errorf(fallow.CodeUnsupported, "programs for architecture %q can't be wrapped", req.Arch)
	}
	if len(req.Programs)+len(req.Scripts) == 0 {
		return nil, fallow.Errorf(fallow.CodeInvalid, "nothing to wrap: no program and no script is named")
	}
	if req.SearchPath == nil {
		searchPath := usualPath
		if req.Root == "/" {
			searchPath = cmp.Or(os.Getenv("PATH"), usualPath)
		}
		req.SearchPath = filepath.SplitList(searchPath)
	}
	if req.LibraryPath == nil && req.Root == "/" {
		req.LibraryPath = ownLibraryPath()
	}
	root := hostroot.Root(req.Root)
	return &wrapper{
		req: req, root: root, triplet: platform.triplet,
		finder: loader.NewFinder(root, platform.machine, req.LibraryPath),
		known:  map[string]bool{}, files: map[string]source{}, links: map[string]string{},
		missing: map[string]string{}, spare: map[string]bool{}, supplied: map[string]bool{},
	}, nil
}

// ownLibraryPath gives the directories of this process's LD_LIBRARY_PATH.
func ownLibraryPath() []string {
	var dirs []string
	for _, dir := range filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")) {
		if abs, err := filepath.Abs(dir); err == nil && dir != "" {
			dirs = append(dirs, abs)
		}
	}
	return dirs
}

func (w *wrapper) refuse(path, format string, args ...any) {
	w.refusals = append(w.refusals, Refusal{Path: path, Reason: fmt.Sprintf(format, args...)})
}

func (w *wrapper) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(w.notes, text) {
		w.notes = append(w.notes, text)
	}
}

// refused makes one error of all refusals.
func (w *wrapper) refused() error {
	if len(w.refusals) == 0 {
		return nil
	}
	return fallow.Errorf(fallow.CodeUnsupported, "this can't be wrapped:\n%w", w.refusals).WithHint("%s", w.hint)
}
