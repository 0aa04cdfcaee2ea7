package dispatch

import (
	"context"
	"errors"
	"time"

	"fallow"
)

// Grant is an attempt leased to the node that asked, with the job it is of.
type Grant struct {
	Attempt fallow.AttemptID
	Job     fallow.Job
}

type ask struct {
	node fallow.NodeID
	free fallow.Resources
	max  int
}

// Lease gives the node attempts to run, at most max and within what it has free.
// When there are none it waits for some, at most wait. When ctx ends meanwhile, what
// was leased is given back, because nobody is there to run it.
func (d *Dispatcher) Lease(ctx context.Context, node fallow.NodeID, free fallow.Resources, max int, wait time.Duration) ([]Grant, error) {
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	for woken := false; ; woken = true {
		turn := d.waiters.join() // before asking, so that no wake-up is missed
		grants, err := d.asks.Do(ctx, ask{node: node, free: free, max: max})
		if err == nil && len(grants) == 0 {
			select {
			case <-turn.come:
				continue
			case <-timeout.C:
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		d.pass(turn, woken, len(grants) > 0)
		if len(grants) > 0 && ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), d.GiveBack(context.WithoutCancel(ctx), grants, "its node went away before it got the lease"))
		}
		return grants, err
	}
}

// pass hands on what an ask that is over owes to others: two are woken after one
// that was woken and got work, because there may be more, and one after one that was
// woken and got none.
func (d *Dispatcher) pass(t turn, woken, served bool) {
	woken = d.waiters.leave(t) || woken
	switch {
	case woken && served:
		d.waiters.wake(2)
	case woken:
		d.waiters.wake(1)
	}
}

// Offer wakes nodes because there is new work.
func (d *Dispatcher) Offer() { d.waiters.wake(probes) }
