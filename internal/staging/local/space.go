package local

import (
	"fmt"

	"golang.org/x/sys/unix"

	"fallow"
)

// DefaultMinFree is the space that a store leaves free in its file system, so that
// the rest of the machine goes on working.
const DefaultMinFree = 1 * fallow.GiB

// checkFree gives an error of CodeLimit unless more bytes fit and leave the least
// free space.
func (s *Store) checkFree(d fallow.Digest, more int64) error {
	free, err := s.free()
	if err != nil {
		return fmt.Errorf("file %s: free space: %w", d, err)
	}
	if more > 0 && free-fallow.Size(more) < s.minFree {
		return s.noSpace(d, more, nil)
	}
	return nil
}

func (s *Store) noSpace(d fallow.Digest, more int64, cause error) error {
	err := fallow.Errorf(fallow.CodeLimit, "free space: %s more for file %s would leave less than %s in %q",
		fallow.Size(more), d, s.minFree, s.root.Name())
	if cause != nil {
		err = fallow.Errorf(fallow.CodeLimit, "%s: %w", err.Message, cause)
	}
	return err.WithHint("delete files there, or move the store to a larger disk")
}

// free asks for the space open to unprivileged users, statfs(2).
func (s *Store) free() (fallow.Size, error) {
	dir, err := s.root.Open(".")
	if err != nil {
		return 0, err
	}
	defer dir.Close()
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(dir.Fd()), &st); err != nil {
		return 0, err
	}
	return fallow.Size(int64(st.Bavail) * st.Bsize), nil
}
