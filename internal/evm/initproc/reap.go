package initproc

import (
	"time"

	"golang.org/x/sys/unix"

	"fallow/internal/evm/internal/portal"
)

// reap waits for every process of the sandbox, as PID 1 must, until the program
// ends; it then ends what the program left behind and tells how it all went.
func reap(program int) portal.Exited {
	status := awaitProgram(program)
	unix.Kill(-1, unix.SIGKILL) // ESRCH: nothing was left behind
	awaitAll()
	var usage unix.Rusage
	unix.Getrusage(unix.RUSAGE_CHILDREN, &usage) // can't fail: a constant and a valid pointer
	return portal.Exited{
		Status: int64(status),
		CPU:    time.Duration(usage.Utime.Nano() + usage.Stime.Nano()),
		Memory: usage.Maxrss << 10, // in KiB
	}
}

func awaitProgram(program int) unix.WaitStatus {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WALL, nil)
		if pid == program || (err != nil && err != unix.EINTR) {
			return status
		}
	}
}

func awaitAll() {
	for {
		if _, err := unix.Wait4(-1, nil, unix.WALL, nil); err != nil && err != unix.EINTR {
			return
		}
	}
}
