// Package regular opens regular files below a root and nothing else: no symbolic
// link, device, pipe or socket, whatever a hostile program put under the name, and
// without waiting for the other end of a pipe.
package regular

import (
	"io/fs"
	"os"
	"syscall"

	"fallow"
)

// Open opens the regular file name below root with flags of [os.OpenFile]. The
// error's code is CodeInvalid if name is something else; otherwise it is an
// [fs.PathError].
//
// os.Root follows symbolic links that stay below the root. So the name is looked at
// first, without following, and what was opened must be the very file looked at.
func Open(root *os.Root, name string, flag int) (*os.File, error) {
	seen, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if err := Check(name, seen); err != nil {
		return nil, err
	}
	f, err := root.OpenFile(name, flag|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := same(name, f, seen); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func same(name string, f *os.File, seen fs.FileInfo) error {
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(seen, opened) {
		return fallow.Errorf(fallow.CodeInvalid, "%q was replaced while it was opened", name)
	}
	return nil
}

// Check refuses what is not a regular file, in words that say what it is.
func Check(name string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return fallow.Errorf(fallow.CodeInvalid, "%q is %s, not a regular file", name, kind(info.Mode()))
}

func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "a special file"
}
