package evm

import (
	"context"
	"fmt"
	"time"

	"fallow"
	"fallow/internal/evm/cgroup"
	"fallow/internal/evm/internal/portal"
)

// pauses is the time that a run stood still.
type pauses struct {
	since time.Time // of the pause that goes on; zero without one
	past  time.Duration
}

func (p *pauses) begin(now time.Time) { p.since = now }

func (p *pauses) end(now time.Time) { p.past, p.since = p.total(now), time.Time{} }

func (p *pauses) total(now time.Time) time.Duration {
	if p.since.IsZero() {
		return p.past
	}
	return p.past + now.Sub(p.since)
}

// freezes tells whether pauses are the control group's work. Version 1's freezer is
// left alone: what it has frozen ignores SIGKILL, so that a sandbox frozen by it
// could outlive a dead agent.
func (m *Machine) freezes(g *cgroup.Group) (bool, error) {
	thaw, err := g.ThawFile()
	if err != nil {
		return false, err
	}
	if thaw != nil {
		return false, thaw.Close()
	}
	return m.groups.Has(cgroup.Freeze), nil
}

// Pause stops every process of the run and returns once all were seen to stand
// still. It fails if ctx ends first: the run may then be half stopped, and Resume
// or Kill is the way out. To pause a paused run does nothing; a run that has ended
// gives [fallow.CodeConflict].
func (r *Run) Pause(ctx context.Context) error {
	r.pausing.Lock()
	defer r.pausing.Unlock()
	if r.Paused() {
		return nil
	}
	if err := r.stop(ctx); err != nil {
		return fmt.Errorf("pause run %s: %w", r.spec.Name, err)
	}
	r.mu.Lock()
	r.pauses.begin(time.Now())
	r.mu.Unlock()
	return nil
}

// Resume lets the run go on. To resume one that isn't paused does no harm; a run
// that has ended gives [fallow.CodeConflict].
func (r *Run) Resume() error {
	r.pausing.Lock()
	defer r.pausing.Unlock()
	if err := r.cont(); err != nil {
		return fmt.Errorf("resume run %s: %w", r.spec.Name, err)
	}
	r.mu.Lock()
	r.pauses.end(time.Now())
	r.mu.Unlock()
	return nil
}

// Paused tells whether the run stands still.
func (r *Run) Paused() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.pauses.since.IsZero()
}

func (r *Run) stop(ctx context.Context) error {
	switch {
	case r.over():
		return errEnded
	case r.freezer:
		return r.group.Freeze(ctx)
	}
	return r.tell(ctx, portal.Stop, portal.Stopped)
}

// over tells whether PID 1 is gone. While the caller holds r.pausing, the group is
// not.
func (r *Run) over() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// resumeTime bounds how long PID 1, which was never stopped itself, may take to
// answer.
const resumeTime = 10 * time.Second

func (r *Run) cont() error {
	switch {
	case r.over():
		return errEnded
	case r.freezer:
		return r.group.Thaw()
	}
	ctx, cancel := context.WithTimeout(context.Background(), resumeTime)
	defer cancel()
	return r.tell(ctx, portal.Continue, portal.Continued)
}

var errEnded = fallow.Errorf(fallow.CodeConflict, "it has ended")

// tell asks PID 1 for something and waits for its word.
func (r *Run) tell(ctx context.Context, ask, want portal.Kind) error {
	if err := portal.Write(r.pipes.portal.ours, ask, nil); err != nil {
		return fmt.Errorf("tell PID 1, which is about to end: %w", err)
	}
	for {
		select {
		case word := <-r.word:
			if word == want {
				return nil
			}
		case <-r.ended:
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("wait for PID 1: %w", ctx.Err())
		}
	}
}
