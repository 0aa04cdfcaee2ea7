package seccomp

import (
	"fmt"
	"runtime"
	"unsafe"

	"fallow"

	"golang.org/x/sys/unix"
)

// Install puts the calling OS thread, and every process that it makes, under the
// filter for good. The caller has locked the thread and set no_new_privs
// (prctl(2)); other threads stay free, so that PID 1 can start a job under a filter
// without one for itself.
func Install(filter []unix.SockFilter) error {
	if len(filter) == 0 || len(filter) > maxInstructions {
		return fallow.Errorf(fallow.CodeInvalid,
			"a system call filter of %d instructions is not between 1 and %d", len(filter), maxInstructions)
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	// Without SPEC_ALLOW kernels before 5.16 slow the job down by mitigations
	// that guard a program against itself; later kernels have it so by default.
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(filter)
	if errno != 0 {
		return fmt.Errorf("install a system call filter of %d instructions: %w", len(filter), errno)
	}
	return nil
}
