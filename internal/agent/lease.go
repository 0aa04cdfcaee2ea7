package agent

import (
	"context"
	"errors"
	"sync"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

// idleWait is how long an ask for work may wait at the server while nothing runs
// here; busyWait while something does, because what that gives back when it ends is
// not in the ask.
const (
	idleWait = 25 * time.Second
	busyWait = 3 * time.Second
)

// errUnwanted ends an attempt whose outcome nobody wants any more.
var errUnwanted = errors.New("the attempt is no longer wanted")

// leaseLoop asks for work whenever something is free and starts what it gets. When
// ctx ends it ends what runs and waits for it.
func (a *Agent) leaseLoop(ctx context.Context) error {
	var attempts sync.WaitGroup
	defer attempts.Wait()
	for ctx.Err() == nil {
		if a.slots.Free().Cores < 1 {
			a.waitForSlot(ctx)
			continue
		}
		var orders []*fallowv1.Order
		err := a.insist(ctx, "ask for work", notBanned, func(ctx context.Context) (err error) {
			orders, err = a.lease(ctx)
			return err
		})
		if err != nil && ctx.Err() == nil {
			return err
		}
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

func (a *Agent) lease(ctx context.Context) ([]*fallowv1.Order, error) {
	wait := idleWait
	if len(a.running.IDs()) > 0 {
		wait = busyWait
	}
	ctx, cancel := context.WithTimeout(ctx, wait+callTime)
	defer cancel()
	free := a.slots.Free()
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

// start runs an order in the background, accounted for. One that cannot be read is
// reported as such; without so much as a name its lease runs out.
func (a *Agent) start(ctx context.Context, attempts *sync.WaitGroup, o *fallowv1.Order) {
	work, bad := newWork(o)
	if bad != nil {
		a.config.Log.Error("the server sent an order that cannot be read", "error", bad)
	}
	if work.id == (fallow.AttemptID{}) {
		return
	}
	takes := work.takes()
	a.slots.take(takes)
	ctx, end := context.WithCancelCause(ctx)
	a.running.add(work.id, end)
	attempts.Go(func() {
		defer end(nil)
		defer a.slots.giveBack(takes)
		defer a.running.remove(work.id)
		if bad != nil {
			a.conclude(ctx, work.id, notStarted(bad))
			return
		}
		a.carryOut(ctx, work)
	})
}
