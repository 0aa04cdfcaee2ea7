package cgroup

import (
	"context"
	"fmt"
	"os"
	"time"

	"fallow"
)

// Freeze stops all processes of the group and returns when they stand still. It
// fails with [fallow.CodeUnsupported] where the machine can't freeze. When ctx ends
// first the group is left freezing; thaw it.
func (g *Group) Freeze(ctx context.Context) error {
	dir := g.dir(Freeze)
	if dir == nil {
		return g.cannotFreeze()
	}
	var err error
	if g.manager.use[Freeze].version == 2 {
		if err = write(dir, "cgroup.freeze", "1"); err == nil {
			err = waitEvent(ctx, dir, "frozen", 1)
		}
	} else {
		err = freezeV1(ctx, dir)
	}
	if err != nil {
		return fmt.Errorf("freeze control group %q: %w", g.name, err)
	}
	return nil
}

// freezeRetry is how often version 1 is asked again whether all processes stand
// still: it has no event for it.
const freezeRetry = time.Millisecond

// freezeV1 asks for FROZEN until that is what the state is. To ask again catches
// processes that were forked meanwhile (the kernel's freezer-subsystem.rst).
func freezeV1(ctx context.Context, dir *os.Root) error {
	tick := time.NewTicker(freezeRetry)
	defer tick.Stop()
	for {
		if err := write(dir, "freezer.state", "FROZEN"); err != nil {
			return err
		}
		state, err := read(dir, "freezer.state")
		if err != nil || state == "FROZEN" {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Thaw lets the processes run on. It is no error when they do.
func (g *Group) Thaw() error {
	dir := g.dir(Freeze)
	if dir == nil {
		return g.cannotFreeze()
	}
	file, value := "freezer.state", "THAWED"
	if g.manager.use[Freeze].version == 2 {
		file, value = "cgroup.freeze", "0"
	}
	if err := write(dir, file, value); err != nil {
		return fmt.Errorf("thaw control group %q: %w", g.name, err)
	}
	return nil
}

// Frozen tells whether all processes stand still because of Freeze.
func (g *Group) Frozen() (bool, error) {
	dir := g.dir(Freeze)
	if dir == nil {
		return false, nil
	}
	if g.manager.use[Freeze].version == 2 {
		frozen, err := readKey(dir, "cgroup.events", "frozen")
		return frozen == 1, err
	}
	state, err := read(dir, "freezer.state")
	return state == "FROZEN", err
}

// ThawFile opens the file into which PID 1 of the sandbox writes THAWED before it
// ends, when the agent died while the group was frozen: processes that version 1
// froze don't notice SIGKILL. It is nil where that is not so. PID 1 must stand
// outside the group then. The caller closes it.
func (g *Group) ThawFile() (*os.File, error) {
	dir := g.dir(Freeze)
	if dir == nil || g.manager.use[Freeze].version == 2 {
		return nil, nil
	}
	f, err := dir.OpenFile("freezer.state", os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("open the freezer of control group %q: %w", g.name, err)
	}
	return f, nil
}

func (g *Group) cannotFreeze() error {
	return fallow.Errorf(fallow.CodeUnsupported, "control group %q can't be frozen: this machine offers no freezer to us", g.name).
		WithHint("stop the processes by SIGSTOP instead, or run the agent as a service with Delegate=yes")
}
