package initproc

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// procOptions are tried in order. The first shows processes alone, not the host's
// hardware, memory and kernel settings (proc(5): subset, hidepid); the second
// is for kernels before 5.8.
var procOptions = [][]option{
	{{"subset", "pid"}, {"hidepid", "invisible"}},
	{{"hidepid", "2"}},
}

// mountProc mounts /proc read-only, so that no program writes to its own code
// through /proc/self/mem. PID 1 keeps a writable one for itself. Where the host
// masks its /proc, as containers do, the kernel refuses a new one: the program
// then does without.
func (s *sandbox) mountProc() error {
	s.view.proc = -1
	if err := s.view.makeDirs("/proc"); err != nil {
		return err
	}
	mount, err := newProc()
	if errors.Is(err, unix.EPERM) {
		s.note("no /proc in the sandbox: the host's own is masked, as in a container")
		if s.setup.Census > 0 {
			s.note("without /proc PID 1 can't count: only the floor of the machine's free memory bounds memory, and nothing but RLIMIT_NPROC processes")
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(mount)
	if err := attach(mount, s.view.root, "proc"); err != nil {
		return err
	}
	own, err := unix.OpenTree(mount, "", unix.AT_EMPTY_PATH|unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return fmt.Errorf("clone /proc: %w", err)
	}
	s.view.proc = own
	if err := setAttr(mount, attrInput); err != nil {
		return fmt.Errorf("make /proc read-only: %w", err)
	}
	return nil
}

func newProc() (int, error) {
	var err error
	for _, options := range procOptions {
		var mount int
		if mount, err = mountNew("proc", attrSealed|unix.MOUNT_ATTR_NOEXEC, options); err == nil {
			return mount, nil
		}
		if !errors.Is(err, unix.EINVAL) {
			break
		}
	}
	return -1, err
}
