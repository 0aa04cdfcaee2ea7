package evm

import (
	"errors"
	"os/exec"

	"golang.org/x/sys/unix"

	"fallow/internal/evm/cgroup"
)

// vacant is a sandbox that nothing runs in yet: PID 1 was born in its namespaces
// and its control group, and waits to be told what to build and run.
type vacant struct {
	group   *cgroup.Group
	pipes   *pipes
	cmd     *exec.Cmd
	freezer bool // pauses are the control group's work
}

// newVacant makes a sandbox.
func (m *Machine) newVacant() (*vacant, error) {
	pipes, err := openPipes()
	if err != nil {
		return nil, err
	}
	group, err := m.newGroup()
	if err != nil {
		return nil, errors.Join(err, pipes.closeTheirs(), pipes.closeOurs())
	}
	v := &vacant{group: group, pipes: pipes}
	if err := errors.Join(m.spawn(v), pipes.closeTheirs()); err != nil {
		return nil, errors.Join(explainSpawn(err), v.discard())
	}
	// PID 1 was born in the group; a limit that doesn't hold must never go unnoticed,
	// so look, and repair what is not so.
	if err := group.Add(v.cmd.Process.Pid); err != nil {
		return nil, errors.Join(err, v.discard())
	}
	return v, nil
}

// spawn starts PID 1 from the thread that lives as long as the machine, within the
// group.
func (m *Machine) spawn(v *vacant) error {
	var err error
	if v.freezer, err = m.freezes(v.group); err != nil {
		return err
	}
	cmd := m.command(v.pipes, v.group.FD())
	m.starter.do(func() { err = v.group.Within(cmd.Start) })
	if err == nil {
		v.cmd = cmd
	}
	return err
}

// alive tells whether PID 1 still waits (waitid(2) without reaping it).
func (v *vacant) alive() bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, v.cmd.Process.Pid, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == nil && info.Signo == 0
}

// discard ends a sandbox that will not be used.
func (v *vacant) discard() error {
	if v.cmd != nil {
		v.cmd.Process.Kill() // fails only when it has ended already
		v.cmd.Wait()         // how it ended is known
	}
	return errors.Join(v.pipes.closeOurs(), v.group.Remove())
}
