package local

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"fallow"
)

// Link gives a whole file a further name in the folder dir, linkat(2). The error
// wraps the kernel's: EXDEV if dir is in another file system, EMLINK if the file
// has too many names.
func (s *Store) Link(d fallow.Digest, dir *os.File, base string) error {
	self, err := s.root.Open(".")
	if err != nil {
		return fmt.Errorf("link file %s: %w", d, err)
	}
	defer self.Close()
	if err := unix.Linkat(int(self.Fd()), fileName(d), int(dir.Fd()), base, 0); err != nil {
		return fmt.Errorf("link file %s as %q: %w", d, base, err)
	}
	return nil
}

// Touch sets the modification time of a whole file, by which [Store.List] tells
// when it was last used.
func (s *Store) Touch(d fallow.Digest, at time.Time) error {
	if err := s.root.Chtimes(fileName(d), at, at); err != nil {
		return fmt.Errorf("touch file %s: %w", d, err)
	}
	return nil
}
