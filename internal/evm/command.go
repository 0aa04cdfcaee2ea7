package evm

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"fallow/internal/evm/initproc"
)

// namespaces are those that PID 1 is born into. A control group namespace follows
// in PID 1, a time namespace can't be had by clone(2) and hides nothing.
const namespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID |
	unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS

// ownCapabilities are what PID 1 needs within its namespaces to build the sandbox.
// They are ambient, since PID 1 is not user 0 there and would lose them by exec.
var ownCapabilities = []uintptr{
	unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_SETPCAP,
	unix.CAP_SETUID,       // to take its user when root started it
	unix.CAP_SYS_RESOURCE, // to refuse nested user namespaces
	unix.CAP_SYS_PTRACE,   // to count the processes in a /proc that hides them
}

// initEnv keeps PID 1 small: one thread at work, and no garbage collector before
// it has collected more than it ever needs.
var initEnv = []string{"GOMAXPROCS=1", "GOGC=off", "GOMEMLIMIT=32MiB"}

// command makes the command that becomes PID 1 of a sandbox. cgroup is a descriptor
// of the group to be born in, or -1.
func (m *Machine) command(p *pipes, cgroup int) *exec.Cmd {
	cmd := &exec.Cmd{
		Path:       m.init,
		Args:       []string{"fallow-init"},
		Env:        initEnv,
		Dir:        "/",
		Stdout:     p.stdout.theirs,
		Stderr:     p.stderr.theirs,
		ExtraFiles: []*os.File{p.portal.theirs},
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  namespaces,
		Pdeathsig:   syscall.SIGKILL,
		Setsid:      true,
		AmbientCaps: ownCapabilities,
		UseCgroupFD: cgroup >= 0,
		CgroupFD:    cgroup,
	}
	m.mapUser(cmd.SysProcAttr)
	return cmd
}

// mapUser maps the sandbox's only user to a host user without rights: the agent's
// own, or as root one that nobody else is.
func (m *Machine) mapUser(attr *syscall.SysProcAttr) {
	uid, gid := os.Geteuid(), os.Getegid()
	if m.root {
		uid, gid = m.config.HostUID, m.config.HostUID
	}
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: initproc.UserID, HostID: uid, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: initproc.UserID, HostID: gid, Size: 1}}
}
