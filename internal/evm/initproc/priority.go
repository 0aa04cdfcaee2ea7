package initproc

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

const (
	oomFirst   = "1000" // the kernel ends this process before any other
	oomNormal  = "0"
	idleIOPrio = 3 << 13 // IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0), ioprio_set(2)
	ioprioSelf = 1       // IOPRIO_WHO_PROCESS; 0 names the calling thread
	lowestNice = 19
)

// offerToOOM makes the program, which inherits the value, the first to go when
// memory runs out. The file stays open for [sandbox.withholdFromOOM], since PID 1
// can't open it once it is unreadable.
func (s *sandbox) offerToOOM() error {
	file, err := os.OpenFile("/proc/self/oom_score_adj", os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("open the OOM score: %w", err)
	}
	s.oom = file
	if _, err := file.WriteString(oomFirst); err != nil {
		return fmt.Errorf("set the OOM score to %s: %w", oomFirst, err)
	}
	return nil
}

// withholdFromOOM takes PID 1 itself out of the line again, so that it lives to
// tell of the program's end. Where that isn't allowed the controller still sees
// the end.
func (s *sandbox) withholdFromOOM() {
	if _, err := s.oom.WriteAt([]byte(oomNormal), 0); err != nil {
		s.note("PID 1 goes as early as the program when memory runs out (%v)", err)
	}
	s.oom.Close()
}

// lowestPriority lowers the calling thread and what it starts: it runs when
// nobody else wants the CPU or the disk. Neither can be undone without privilege,
// since RLIMIT_NICE and RLIMIT_RTPRIO are 0.
func lowestPriority() error {
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_IDLE}
	if err := unix.SchedSetAttr(0, &attr, 0); err != nil {
		return fmt.Errorf("take the idle scheduling policy: %w", err)
	}
	// The idle policy leaves the nice value alone, and a program may always make
	// itself as nice as it is.
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, lowestNice); err != nil {
		return fmt.Errorf("take the lowest nice value: %w", err)
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_IOPRIO_SET, ioprioSelf, 0, idleIOPrio); errno != 0 {
		return fmt.Errorf("take the idle I/O priority: %w", errno)
	}
	return nil
}
