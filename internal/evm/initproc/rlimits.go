package initproc

import (
	"fmt"

	"golang.org/x/sys/unix"

	"fallow/internal/evm/internal/portal"
)

// lockedMemory bounds memory that a program may lock: what unprivileged users have
// by default since Linux 5.16.
const lockedMemory = 8 << 20

// ownTasks are the threads of PID 1 itself, which RLIMIT_NPROC counts with the
// program's.
const ownTasks = 24

type rlimit struct {
	name     string
	resource int
	value    uint64
}

func rlimits(s *portal.Setup) []rlimit {
	return []rlimit{
		{"core file size", unix.RLIMIT_CORE, 0},
		{"open files", unix.RLIMIT_NOFILE, uint64(s.OpenFiles)},
		{"file size", unix.RLIMIT_FSIZE, uint64(s.FileSize)},
		{"locked memory", unix.RLIMIT_MEMLOCK, lockedMemory},
		{"nice", unix.RLIMIT_NICE, 0},
		{"realtime priority", unix.RLIMIT_RTPRIO, 0},
		{"processes", unix.RLIMIT_NPROC, uint64(s.Procs) + ownTasks},
	}
}

// setLimits sets the limits that the program inherits. A limit that the host has
// set lower already stays.
func (s *sandbox) setLimits() error {
	for _, l := range rlimits(s.setup) {
		var host unix.Rlimit
		if err := unix.Getrlimit(l.resource, &host); err != nil {
			return fmt.Errorf("read the limit on %s: %w", l.name, err)
		}
		value := min(l.value, host.Max)
		if err := unix.Setrlimit(l.resource, &unix.Rlimit{Cur: value, Max: value}); err != nil {
			return fmt.Errorf("set the limit on %s to %d: %w", l.name, value, err)
		}
	}
	return nil
}
