package evm

import "runtime"

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
