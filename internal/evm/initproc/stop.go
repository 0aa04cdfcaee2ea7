package initproc

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// The pace and the patience of [census.stopAll].
const (
	stopPoll     = time.Millisecond
	stopAttempts = 10_000
)

// stopAll stops every process of the sandbox and returns once every thread was
// seen stopped. It is for machines without a freezer.
func (c census) stopAll() error {
	if c.proc < 0 {
		return errors.New("nobody can be seen to stop without /proc")
	}
	for range stopAttempts {
		unix.Kill(-1, unix.SIGSTOP) // ESRCH: nobody is left, which the look below sees
		running, err := c.running()
		if err != nil {
			return err
		}
		if running == 0 {
			return nil
		}
		time.Sleep(stopPoll)
	}
	return fmt.Errorf("some process did not stop within %d looks", stopAttempts)
}

// running counts the threads that are neither stopped nor dead.
func (c census) running() (int, error) {
	everyone, err := c.processes()
	if err != nil {
		return 0, err
	}
	running := 0
	for _, p := range everyone {
		tasks := strconv.Itoa(p.pid) + "/task"
		threads, err := c.numbers(tasks)
		if err != nil {
			continue // it has ended
		}
		for _, thread := range threads {
			s, err := c.stat(tasks + "/" + strconv.Itoa(thread) + "/stat")
			if err == nil && !stopped(s.state) {
				running++
			}
		}
	}
	return running, nil
}

// stopped tells whether a thread in this state, proc(5), can do nothing more until
// it is continued.
func stopped(state byte) bool {
	switch state {
	case 'T', 't', 'Z', 'X', 'x':
		return true
	}
	return false
}
