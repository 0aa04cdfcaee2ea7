package result

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"fallow"
	"fallow/internal/staging/regular"
)

// File is a result: its path below the folder, its digest and its size.
type File struct {
	fallow.FileRef
	dir  string
	seen identity
}

// ErrChanged is within the error of a file that is no longer what it was: somebody
// else writes to it.
var ErrChanged = errors.New("the file changes while it is collected")

// Open opens the file for upload. The error's code is CodeConflict, and it is
// [ErrChanged], if it is no longer the file that was collected.
func (f File) Open() (io.ReadSeekCloser, error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, fmt.Errorf("open result %q: %w", f.Path, err)
	}
	defer root.Close()
	file, err := regular.Open(root, f.Path, os.O_RDONLY)
	if err != nil {
		return nil, fmt.Errorf("open result %q: %w", f.Path, err)
	}
	info, err := file.Stat()
	if err == nil && identityOf(info) != f.seen {
		err = changed(f.Path)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// identity tells whether a file is still the one that was looked at; see stat(2).
type identity struct {
	dev, ino, links uint64
	size            int64 // bytes
	mtime, ctime    int64 // ns
}

func identityOf(info fs.FileInfo) identity {
	st := info.Sys().(*syscall.Stat_t)
	return identity{st.Dev, st.Ino, uint64(st.Nlink), st.Size, st.Mtim.Nano(), st.Ctim.Nano()}
}

func changed(name string) error {
	return fallow.Errorf(fallow.CodeConflict, "result %q: %w", name, ErrChanged).
		WithHint("no process of the attempt may be left when its results are collected")
}
