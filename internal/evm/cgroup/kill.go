package cgroup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// emptyWait bounds how long killed processes may take to be gone.
const emptyWait = 10 * time.Second

// Kill ends all processes of the group, also frozen ones, and returns when none is
// left.
func (g *Group) Kill() error {
	ctx, cancel := context.WithTimeout(context.Background(), emptyWait)
	defer cancel()
	if err := g.kill(ctx); err != nil {
		return fmt.Errorf("kill control group %q: %w", g.name, err)
	}
	return nil
}

func (g *Group) kill(ctx context.Context) error {
	if dir := g.dir(Kill); dir != nil {
		if err := ignoreGone(write(dir, "cgroup.kill", "1")); err != nil {
			return err
		}
	}
	// No process may be born while we go through the list.
	if dir := g.dir(Procs); dir != nil {
		if err := ignoreGone(writeInt(dir, "pids.max", 0)); err != nil {
			return err
		}
	}
	for i := range g.dirs {
		if err := g.killMembers(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// killMembers kills the members in tree i one by one until there are none. Where
// cgroup.kill was at work it finds none to kill, and waits.
func (g *Group) killMembers(ctx context.Context, i int) error {
	for {
		pids, err := g.members(i)
		if err != nil || len(pids) == 0 {
			return err
		}
		watched, err := killAll(pids)
		if err != nil {
			return errors.Join(err, closeAll(watched))
		}
		// Processes frozen by version 1 take the signal only when thawed.
		if g.dir(Freeze) != nil {
			if err := g.Thaw(); err != nil {
				return errors.Join(err, closeAll(watched))
			}
		}
		err = waitGone(ctx, watched)
		if err := errors.Join(err, closeAll(watched)); err != nil {
			return err
		}
	}
}

// members lists the processes in the group in tree i, but for the agent itself,
// whose first thread may be passing through (see [Group.Within]).
func (g *Group) members(i int) ([]int, error) {
	text, err := read(g.dirs[i], "cgroup.procs")
	var pids []int
	for field := range strings.FieldsSeq(text) {
		if pid, err := strconv.Atoi(field); err == nil && pid > 0 && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids, ignoreGone(err)
}

// killAll sends SIGKILL to processes and gives descriptors that become readable
// when they are gone (pidfd_open(2)). A process that is gone already is left out.
func killAll(pids []int) (watched []int, err error) {
	for _, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if errors.Is(err, unix.ESRCH) {
			continue
		}
		if err != nil {
			return watched, fmt.Errorf("watch process %d: %w", pid, err)
		}
		watched = append(watched, fd)
		if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			return watched, fmt.Errorf("kill process %d: %w", pid, err)
		}
	}
	return watched, nil
}

// waitGone waits until every watched process is gone.
func waitGone(ctx context.Context, watched []int) error {
	deadline, _ := ctx.Deadline()
	for _, fd := range watched {
		for {
			left := time.Until(deadline)
			if left <= 0 {
				return fmt.Errorf("%d processes are not gone %v after SIGKILL", len(watched), emptyWait)
			}
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(left.Milliseconds())+1)
			if n == 1 {
				break
			}
			if err != nil && !errors.Is(err, unix.EINTR) {
				return err
			}
		}
	}
	return nil
}

func closeAll(fds []int) error {
	var errs []error
	for _, fd := range fds {
		errs = append(errs, unix.Close(fd))
	}
	return errors.Join(errs...)
}
