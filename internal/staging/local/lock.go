package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"fallow"
	"fallow/internal/staging/regular"
)

// openLocked opens the part of a file, making it if need be, and locks it by
// flock(2), which is released by the kernel when the file is closed or the process
// ends, however it ends.
func (s *Store) openLocked(d fallow.Digest) (*os.File, error) {
	f, err := s.openPart(d)
	if err != nil {
		return nil, err
	}
	if err := s.lock(f, d); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (s *Store) openPart(d fallow.Digest) (*os.File, error) {
	name := partName(d)
	f, err := s.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		f, err = regular.Open(s.root, name, os.O_RDWR)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, busy(d)
	}
	if err != nil {
		return nil, fmt.Errorf("part of file %s: %w", d, err)
	}
	return f, nil
}

// lock takes the lock, and checks that the part was not committed or discarded by
// another writer between opening and locking.
func (s *Store) lock(f *os.File, d fallow.Digest) error {
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			return busy(d)
		}
		return fmt.Errorf("lock part of file %s: %w", d, err)
	}
	opened, err := f.Stat()
	if err != nil {
		return fmt.Errorf("lock part of file %s: %w", d, err)
	}
	named, err := s.root.Lstat(partName(d))
	if err != nil || !os.SameFile(opened, named) {
		return busy(d)
	}
	return s.refuseStored(d)
}

// refuseStored gives [ErrStored] if the file is whole; the part just made for it is
// removed.
func (s *Store) refuseStored(d fallow.Digest) error {
	_, err := s.root.Lstat(fileName(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("file %s: %w", d, err)
	}
	if err := s.root.Remove(partName(d)); err != nil {
		return fmt.Errorf("part of file %s: %w", d, err)
	}
	return ErrStored
}

func busy(d fallow.Digest) error {
	return fallow.Errorf(fallow.CodeUnavailable, "file %s is being received from someone else", d).
		WithHint("try again in a moment; what the other sends counts for you, too")
}
