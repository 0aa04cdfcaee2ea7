package cgroup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

// Remove kills what is left in the group and removes it from every tree. A group
// that is gone already is no error.
func (g *Group) Remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), emptyWait)
	defer cancel()
	var errs []error
	for i := range g.dirs {
		errs = append(errs, g.removeFrom(ctx, i))
	}
	for _, dir := range g.dirs {
		errs = append(errs, dir.Close())
	}
	if g.handle != nil {
		errs = append(errs, g.handle.Close())
	}
	g.dirs, g.handle = nil, nil
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove control group %q: %w", g.name, err)
	}
	return nil
}

// removeRetry is how often to try again when a group is busy with processes that
// its list shows no more: they are on their last steps, which no event tells.
const removeRetry = time.Millisecond

// removeFrom removes the group from tree i, and kills if that is needed.
func (g *Group) removeFrom(ctx context.Context, i int) error {
	for {
		err := g.manager.trees[i].top.Remove(g.name)
		if !isBusy(err) {
			return ignoreGone(err)
		}
		if err := g.kill(ctx); err != nil {
			return err
		}
		select {
		case <-time.After(removeRetry):
		case <-ctx.Done():
			return err
		}
	}
}

// ignoreGone makes an error nil that only says that the group is gone.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}
