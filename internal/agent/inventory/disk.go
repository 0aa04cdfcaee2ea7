package inventory

import (
	"fmt"

	"fallow"

	"golang.org/x/sys/unix"
)

// disk gives what is free for this process where the agent keeps its state, all but
// the reserve.
func disk(dir string, reserve fallow.Size) (fallow.Size, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, fmt.Errorf("measure the disk of %q: %w", dir, err)
	}
	return max(fallow.Size(fs.Bavail)*fallow.Size(fs.Bsize)-reserve, 0), nil
}
