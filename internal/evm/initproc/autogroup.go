package initproc

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// autogroupPause is how long the kernel refuses a second change by anyone without
// privilege: a tenth of a second, for the whole machine.
const autogroupPause = 100 * time.Millisecond

// lowestAutogroup lowers the session's share of the CPU, sched(7), where no control
// group does. Under autogroup, which is the default, nice values and the idle
// policy count only within a session: without this the sandbox would take as much
// of the CPU as everything that the user does in another session.
//
// The file is opened while PID 1 may; it is written later when the kernel is busy
// with others.
func (s *sandbox) lowestAutogroup() {
	if !s.setup.KeepSession {
		return
	}
	file, err := os.OpenFile("/proc/self/autogroup", os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) { // a kernel without autogroup needs none
		return
	}
	if err != nil {
		s.note("the session's share of the CPU could not be lowered (%v)", err)
		return
	}
	go func() {
		defer file.Close()
		for {
			if _, err := file.WriteString(strconv.Itoa(lowestNice)); !errors.Is(err, unix.EAGAIN) {
				return
			}
			time.Sleep(autogroupPause)
		}
	}()
}
