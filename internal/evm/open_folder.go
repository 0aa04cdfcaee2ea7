package evm

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// ownerRights are what a folder needs for its owner to list it and what it holds.
const ownerRights = 0o700

// openFolder opens a folder of the program's to look through it. An agent that isn't
// root has the program's user, so that a folder closed to its owner is closed to the
// agent; it is opened for good, since nobody could collect or remove what it holds.
func openFolder(dir int, name string) (int, error) {
	const flags = unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	handle, err := unix.Openat(dir, name, flags|unix.O_PATH, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(handle)
	var stat unix.Stat_t
	if err := unix.Fstat(handle, &stat); err != nil {
		return -1, err
	}
	if mode := stat.Mode & 0o7777; mode&ownerRights != ownerRights {
		err := unix.Chmod(fmt.Sprintf("/proc/self/fd/%d", handle), mode|ownerRights)
		if err != nil && !errors.Is(err, unix.EPERM) { // EPERM: another's folder, which may be open to us
			return -1, err
		}
	}
	return unix.Openat(handle, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}
