package agent

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

const (
	// idleWait is how long an ask for work may wait at the server while nothing runs
	// here; busyWait while something does, because what that gives back when it ends
	// is not in the ask.
	idleWait = 25 * time.Second
	busyWait = 3 * time.Second
	// retryFirst and retryMost bound the pause after a call that failed.
	retryFirst = 500 * time.Millisecond
	retryMost  = time.Minute
)

// errUnwanted ends an attempt whose outcome nobody wants any more.
var errUnwanted = errors.New("the attempt is no longer wanted")

// leaseLoop asks for work whenever something is free and starts what it gets. When
// ctx ends it ends what runs and waits for it.
func (a *Agent) leaseLoop(ctx context.Context) error {
	var attempts sync.WaitGroup
	defer attempts.Wait()
	pause := retryFirst
	for ctx.Err() == nil {
		free := a.slots.Free()
		if free.Cores < 1 {
			a.waitForSlot(ctx)
			continue
		}
		orders, err := a.lease(ctx, free)
		if err != nil {
			if stop := a.leaseFailed(ctx, err, &pause); stop {
				return err
			}
			continue
		}
		pause = retryFirst
		for _, o := range orders {
			a.start(ctx, &attempts, o)
		}
	}
	return nil
}

func (a *Agent) waitForSlot(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-a.slots.changed:
	}
}

func (a *Agent) lease(ctx context.Context, free fallow.Resources) ([]*fallowv1.Order, error) {
	wait := idleWait
	if len(a.running.IDs()) > 0 {
		wait = busyWait
	}
	response, err := a.node.Lease(ctx, connect.NewRequest(&fallowv1.LeaseRequest{
		Free: rpc.ToResources(free),
		Max:  int32(free.Cores),
		Wait: int64(wait),
	}))
	if err != nil {
		return nil, err
	}
	return response.Msg.Orders, nil
}

// leaseFailed waits before the next ask, longer each time, and tells whether it is
// no use to ask again: the node was banned.
func (a *Agent) leaseFailed(ctx context.Context, err error, pause *time.Duration) (stop bool) {
	if ctx.Err() != nil {
		return false
	}
	if fallow.CodeOf(err) == fallow.CodeDenied {
		return true
	}
	a.config.Log.Warn("cannot ask for work", "error", err, "again_in", *pause)
	sleep(ctx, jitter(*pause))
	*pause = min(2**pause, retryMost)
	return false
}

// jitter spreads the calls of many nodes that failed at the same time.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1)
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// start runs an order in the background, accounted for.
func (a *Agent) start(ctx context.Context, attempts *sync.WaitGroup, o *fallowv1.Order) {
	work, err := newWork(o)
	if err != nil {
		a.config.Log.Error("the server sent an order that cannot be read", "error", err)
		return // the lease runs out
	}
	takes := work.takes()
	a.slots.take(takes)
	ctx, end := context.WithCancelCause(ctx)
	a.running.add(work.id, end)
	attempts.Go(func() {
		defer end(nil)
		defer a.slots.giveBack(takes)
		defer a.running.remove(work.id)
		a.carryOut(ctx, work)
	})
}
