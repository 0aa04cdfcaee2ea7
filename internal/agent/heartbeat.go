package agent

import (
	"context"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

// heartbeatLoop renews the leases until ctx ends. A server that cannot be reached
// is tried again at the next beat: leases last for several.
func (a *Agent) heartbeatLoop(ctx context.Context) error {
	ticker := time.NewTicker(fallow.HeartbeatTime)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := a.beat(ctx, &fallowv1.HeartbeatRequest{}); err != nil && ctx.Err() == nil {
			a.config.Log.Warn("heartbeat failed", "error", err)
		}
	}
}

// beat sends one heartbeat and obeys the answer.
func (a *Agent) beat(ctx context.Context, request *fallowv1.HeartbeatRequest) error {
	request.Running = rpc.ToAttemptIDs(a.running.IDs())
	response, err := a.node.Heartbeat(ctx, connect.NewRequest(request))
	if err != nil {
		return err
	}
	stop, err := rpc.FromAttemptIDs(response.Msg.Stop)
	if err != nil {
		return err
	}
	a.running.stop(stop)
	return nil
}

// announce tells the server that this process begins, with nothing running and a
// fresh inventory. It tries until it gets through.
func (a *Agent) announce(ctx context.Context) error {
	pause := retryFirst
	for {
		err := a.beat(ctx, &fallowv1.HeartbeatRequest{Restarted: true, Inventory: rpc.ToInventory(a.inventory)})
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if stop := a.leaseFailed(ctx, err, &pause); stop {
			return err
		}
	}
}

// watchLoop listens to the stream down, which tells sooner than a heartbeat what
// to stop.
func (a *Agent) watchLoop(ctx context.Context) error {
	pause := retryFirst
	for ctx.Err() == nil {
		began := time.Now()
		if err := a.watch(ctx); err != nil && ctx.Err() == nil {
			a.config.Log.Debug("stream from the server ended", "error", err)
		}
		if time.Since(began) > retryMost {
			pause = retryFirst
		}
		sleep(ctx, jitter(pause))
		pause = min(2*pause, retryMost)
	}
	return nil
}

func (a *Agent) watch(ctx context.Context) error {
	stream, err := a.node.Watch(ctx, connect.NewRequest(&fallowv1.WatchRequest{}))
	if err != nil {
		return err
	}
	defer stream.Close()
	for stream.Receive() {
		stop, err := rpc.FromAttemptIDs(stream.Msg().Stop)
		if err != nil {
			return err
		}
		a.running.stop(stop)
	}
	return stream.Err()
}
