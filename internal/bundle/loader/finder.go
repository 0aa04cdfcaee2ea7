package loader

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"fallow/internal/bundle/hostroot"
)

// Finder finds objects in a root. It remembers what it has read; the files must not
// change while it is used. It is not safe for concurrent use.
type Finder struct {
	root    hostroot.Root
	machine elf.Machine
	conf    []string // directories of /etc/ld.so.conf
	library []string // directories to search as LD_LIBRARY_PATH
	objects map[string]readResult
	tried   map[string]*File // by path as searched; nil: nothing usable there
}

// File is an object where it was found.
type File struct {
	Path  string // as searched, absolute
	Real  string // without links
	Links []hostroot.Link
	Object
}

type readResult struct {
	object Object
	err    error
}

// NewFinder makes a finder for one architecture of machine. The library path lists
// directories that programs will find in LD_LIBRARY_PATH; none is usual.
func NewFinder(root hostroot.Root, machine elf.Machine, libraryPath []string) *Finder {
	return &Finder{
		root: root, machine: machine, conf: confDirs(root), library: libraryPath,
		objects: map[string]readResult{}, tried: map[string]*File{},
	}
}

// SearchAlso adds directories that programs will find in LD_LIBRARY_PATH.
func (f *Finder) SearchAlso(dirs []string) { f.library = append(f.library, dirs...) }

// Open reads the object at an absolute path. The error says in words why it is no
// object that this architecture can load: it may wrap [ErrNotELF] or
// fs.ErrNotExist.
func (f *Finder) Open(p string) (*File, error) {
	at, err := f.root.Resolve(p)
	if err != nil {
		return nil, err
	}
	if !at.Info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is no regular file but %s", p, kind(at.Info.Mode()))
	}
	object, err := f.read(at.Path)
	if err == nil {
		err = f.fits(object)
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", p, err)
	}
	return &File{Path: path.Clean(p), Real: at.Path, Links: at.Links, Object: object}, nil
}

func (f *Finder) read(real string) (Object, error) {
	if known, ok := f.objects[real]; ok {
		return known.object, known.err
	}
	var result readResult
	file, err := f.root.Open(real)
	if err == nil {
		result.object, err = Read(file)
		file.Close()
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	result.err = err
	f.objects[real] = result
	return result.object, err
}

func (f *Finder) fits(o Object) error {
	switch {
	case o.Class != elf.ELFCLASS64:
		return fmt.Errorf("a 32-bit program for %s; only 64-bit programs run in the sandbox", machineName(o.Machine))
	case o.Machine != f.machine:
		return fmt.Errorf("made for %s, not for %s", machineName(o.Machine), machineName(f.machine))
	case o.Type != elf.ET_EXEC && o.Type != elf.ET_DYN:
		return fmt.Errorf("an ELF file that is neither program nor library (%s)", o.Type)
	}
	return nil
}

// try opens an object where a search looks for it. As for the loader, whatever is
// not usable there is as good as absent.
func (f *Finder) try(p string) *File {
	known, ok := f.tried[p]
	if !ok {
		known, _ = f.Open(p)
		f.tried[p] = known
	}
	return known
}

func machineName(m elf.Machine) string {
	return strings.ToLower(strings.TrimPrefix(m.String(), "EM_"))
}

func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a fifo"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}
