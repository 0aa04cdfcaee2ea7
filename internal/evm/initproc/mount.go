package initproc

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// option is one option of a file system, as in mount(8).
type option struct{ key, value string }

// mountNew makes a detached mount of a new file system, fsopen(2).
func mountNew(kind string, attr int, options []option) (int, error) {
	fs, err := unix.Fsopen(kind, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("open file system %s: %w", kind, err)
	}
	defer unix.Close(fs)
	for _, o := range options {
		if err := unix.FsconfigSetString(fs, o.key, o.value); err != nil {
			return -1, fmt.Errorf("set option %s=%s of %s: %w", o.key, o.value, kind, err)
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, fmt.Errorf("create file system %s: %w", kind, err)
	}
	mount, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, attr)
	if err != nil {
		return -1, fmt.Errorf("mount file system %s: %w", kind, err)
	}
	return mount, nil
}

// attach puts a detached mount at a path.
func attach(mount, dir int, path string) error {
	if err := unix.MoveMount(mount, "", dir, path, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("attach %q: %w", path, err)
	}
	return nil
}

// moveMount puts a detached mount onto an open place.
func moveMount(mount, place int) error {
	return unix.MoveMount(mount, "", place, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
}
