package initproc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"fallow/internal/evm/internal/portal"
)

// lifeline is PID 1's end of the portal. Reads belong to one goroutine at a time;
// sends may come from any.
type lifeline struct {
	fd   int
	mu   sync.Mutex
	quit func(code int)
}

func newLifeline(fd int) *lifeline { return &lifeline{fd: fd, quit: os.Exit} }

// Read and Write make plain blocking calls: the runtime's poller would cost an
// epoll instance and its start.
func (l *lifeline) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(l.fd, p)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (l *lifeline) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		n, err := unix.SendmsgN(l.fd, p[done:], nil, nil, unix.MSG_NOSIGNAL)
		if err != nil && err != unix.EINTR {
			return done, err
		}
		done += max(n, 0)
	}
	return done, nil
}

// send tells the controller something. If it can't be told it is gone, and so is
// the reason to live.
func (l *lifeline) send(kind portal.Kind, payload []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := portal.Write(l, kind, payload); err != nil {
		l.quit(exitLost)
	}
}

func (l *lifeline) setup() (*portal.Setup, error) {
	kind, payload, err := portal.Read(l)
	if err != nil {
		return nil, fmt.Errorf("read the setup: %w", err)
	}
	if kind != portal.KindSetup {
		return nil, fmt.Errorf("read the setup: got a message of kind %d", kind)
	}
	return portal.DecodeSetup(payload)
}

var errSilent = errors.New("the controller is silent")

// hold follows the controller until it is gone or silent, then ends PID 1 and with
// it every process of the namespace (paper, 4.2.1: heartbeat).
func (l *lifeline) hold(c census, silence time.Duration) {
	for {
		if err := l.next(c, silence); err != nil {
			l.quit(exitLost)
		}
	}
}

func (l *lifeline) next(c census, silence time.Duration) error {
	if err := l.awaitWord(silence); err != nil {
		return err
	}
	kind, _, err := portal.Read(l)
	if err != nil {
		return err
	}
	switch kind {
	case portal.Stop:
		if err := c.stopAll(); err != nil {
			return nil // the controller waits for Stopped in vain and decides
		}
		l.send(portal.Stopped, nil)
	case portal.Continue:
		unix.Kill(-1, unix.SIGCONT) // ESRCH: nobody is left to go on
		l.send(portal.Continued, nil)
	}
	return nil
}

// awaitWord waits in poll(2), not with a deadline of the runtime: after a frozen
// hour poll looks at the socket once more before it gives up, and the heartbeats
// of that hour are there.
func (l *lifeline) awaitWord(silence time.Duration) error {
	for {
		fds := []unix.PollFd{{Fd: int32(l.fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(silence.Milliseconds()))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return err
		case n == 0:
			return errSilent
		default:
			return nil
		}
	}
}
