package evm

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"

	"fallow"
)

// diskUse is what directories hold.
type diskUse struct {
	size  fallow.Size // allocated, holes left out
	files int64
}

// maxDiskDepth bounds the directories within directories that a program may make
// in its work folder.
const maxDiskDepth = 128

var errTooDeep = fmt.Errorf("directories are nested more than %d deep", maxDiskDepth)

// measure adds up what a directory holds, while the program may be changing it. It
// never follows a link, whatever the program puts in its way, and never leaves the
// directory.
func (u *diskUse) measure(path string) error {
	fd, err := openFolder(unix.AT_FDCWD, path)
	if err != nil {
		return fmt.Errorf("measure %q: %w", path, err)
	}
	if err := u.walk(fd, maxDiskDepth); err != nil {
		return fmt.Errorf("measure %q: %w", path, err)
	}
	return nil
}

// walk measures an open directory and closes it.
func (u *diskUse) walk(fd, depth int) error {
	dir := newDirectory(fd)
	defer dir.Close()
	if depth == 0 {
		return errTooDeep
	}
	for {
		names, err := dir.Readdirnames(1024)
		for _, name := range names {
			if err := u.entry(fd, name, depth); err != nil {
				return err
			}
		}
		if err != nil {
			return ignoreEnd(err)
		}
	}
}

func (u *diskUse) entry(dir int, name string, depth int) error {
	var stat unix.Stat_t
	if err := unix.Fstatat(dir, name, &stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return ignoreGone(err)
	}
	u.files++
	u.size += fallow.Size(stat.Blocks * 512) // stat(2): always units of 512 bytes
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return nil
	}
	sub, err := openFolder(dir, name)
	if err != nil {
		return ignoreGone(err)
	}
	return u.walk(sub, depth-1)
}

// ignoreGone passes over what the program removed, replaced or, as another user's,
// put out of reach since it was listed.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return nil
	}
	return err
}
