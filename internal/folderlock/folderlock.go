// Package folderlock keeps a second process out of a folder of state.
package folderlock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"fallow"
)

// name is the file whose lock is taken.
const name = "lock"

// Take takes the lock of a folder, which the kernel releases when the process ends,
// however it ends, or when the file is closed. If another process, a kind of program
// named by holder, has it, the error is of [fallow.CodeConflict].
func Take(dir, holder string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock folder %q: %w", dir, err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = fallow.Errorf(fallow.CodeConflict, "another %s is using folder %q", holder, dir).
			WithHint("stop it, or give this one a folder of its own")
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
