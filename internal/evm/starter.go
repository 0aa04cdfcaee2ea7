package evm

import (
	"fmt"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// starter runs functions on one OS thread that lives as long as itself. Sandboxes
// must be started from such a thread: the kernel sends the parent death signal when
// the parent's thread ends, not its process (prctl(2), PR_SET_PDEATHSIG).
type starter struct {
	calls chan func()
	done  chan struct{}
}

func newStarter() *starter {
	s := &starter{calls: make(chan func()), done: make(chan struct{})}
	go s.serve()
	return s
}

// takeGroup gives the thread, and the sandboxes that it starts, one group and no
// other. For PID 1 to do so itself would take a stop of all its threads. The calls
// are raw, since the runtime's concern every thread of the agent.
func (s *starter) takeGroup(gid int) error {
	var errno syscall.Errno
	s.do(func() {
		if _, _, errno = unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); errno == 0 {
			_, _, errno = unix.RawSyscall(unix.SYS_SETRESGID, uintptr(gid), uintptr(gid), uintptr(gid))
		}
	})
	if errno != 0 {
		return fmt.Errorf("take group %d for sandboxes: %w", gid, errno)
	}
	return nil
}

func (s *starter) serve() {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	defer close(s.done)
	for call := range s.calls {
		call()
	}
}

// do runs f on the thread and waits for it.
func (s *starter) do(f func()) {
	finished := make(chan struct{})
	s.calls <- func() {
		defer close(finished)
		f()
	}
	<-finished
}

// close ends the thread. Whatever it started must have ended before.
func (s *starter) close() {
	close(s.calls)
	<-s.done
}
