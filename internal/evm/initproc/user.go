package initproc

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// UserID is the user and group that a program sees itself as. It is not 0: programs
// such as MPI launchers and Wine refuse to run as root.
const UserID = 1000

// becomeUser takes the mapped user when PID 1 was started by root. Until then it
// is the host's root without capabilities on the host, which is enough to read
// directories that only root may enter. It has the mapped group and no other by
// birth. A rootless PID 1 is the user already.
func (s *sandbox) becomeUser() error {
	if !s.setup.SwitchUser {
		return nil
	}
	if err := syscall.Setuid(UserID); err != nil {
		return fmt.Errorf("take user %d: %w", UserID, err)
	}
	return nil
}

// protectSelf keeps the program from looking into PID 1, and renews the parent
// death signal, which a change of user clears (prctl(2)).
func (s *sandbox) protectSelf() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("make PID 1 unreadable: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("ask for the parent death signal: %w", err)
	}
	if !s.setup.Strict {
		return nil
	}
	// Memory-deny-write-execute belongs to the address space and is inherited by
	// the program. seccomp enforces the same where the kernel is older than 6.3.
	if unix.Prctl(unix.PR_SET_MDWE, unix.PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != nil {
		s.note("the kernel has no PR_SET_MDWE (Linux 6.3): seccomp alone keeps memory from becoming code")
	}
	return nil
}
