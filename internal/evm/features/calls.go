package features

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

func mountSetattr() Feature {
	f := Feature{
		Status: OK, Detail: "mounts become read-only as a whole",
		Fallback: "each mount is made read-only by itself, which is slower",
		Advice:   "Upgrade to Linux 5.12 or later.",
	}
	// An invalid descriptor: a kernel that knows the call refuses just that.
	if err := unix.MountSetattr(-1, "", 0, &unix.MountAttr{}); errors.Is(err, unix.ENOSYS) {
		f.Status, f.Detail = Degraded, "the kernel has no mount_setattr"
	}
	return f
}

func seccompFilter() Feature {
	action := uint32(unix.SECCOMP_RET_KILL_PROCESS)
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
	if errno != 0 {
		return Feature{
			Status: Missing, Detail: errno.Error(),
			Advice: "Use a kernel with CONFIG_SECCOMP_FILTER.",
		}
	}
	return Feature{Status: OK, Detail: "system calls can be filtered"}
}

// landlockScopes is the ABI from which on signals and abstract sockets are kept in.
const landlockScopes = 6

func landlock() Feature {
	f := Feature{
		Status:   OK,
		Fallback: "mounts and the system call filter protect alone",
		Advice:   "Upgrade to Linux 6.12 or later, with landlock in the boot parameter lsm=.",
	}
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	f.Detail = fmt.Sprintf("ABI %d", int(abi))
	switch {
	case errno != 0:
		f.Status, f.Detail = Missing, errno.Error()
	case abi < landlockScopes:
		f.Status, f.Fallback = Degraded, "the first process of a sandbox ignores all signals that it can"
	}
	return f
}

func mdwe() Feature {
	f := Feature{
		Status: OK, Detail: "the kernel denies memory that is writable and executable",
		Fallback: "the system call filter denies it",
		Advice:   "Upgrade to Linux 6.3 or later.",
	}
	if _, err := unix.PrctlRetInt(unix.PR_GET_MDWE, 0, 0, 0, 0); err != nil {
		f.Status, f.Detail = Degraded, err.Error()
	}
	return f
}

func capSysResource() Feature {
	f := Feature{
		Status: OK, Detail: "the agent may raise limits",
		Fallback: "sandboxes keep the limits that the agent was started with, where these are lower",
		Advice:   "Install the agent as a root service with CAP_SYS_RESOURCE; most jobs don't need it.",
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		f.Status, f.Detail = Degraded, err.Error()
	} else if sets[0].Effective&(1<<unix.CAP_SYS_RESOURCE) == 0 {
		f.Status, f.Detail = Degraded, "the agent has no CAP_SYS_RESOURCE"
	}
	return f
}
