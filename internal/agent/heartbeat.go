package agent

import (
	"context"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

// beatTime bounds one heartbeat, so that one which hangs leaves time for the next.
const beatTime = 2 * fallow.HeartbeatTime

// heartbeatLoop renews the leases until ctx ends or the node is banned. A server
// that cannot be reached is tried again at the next beat: leases last for several.
func (a *Agent) heartbeatLoop(ctx context.Context) error {
	ticker := time.NewTicker(fallow.HeartbeatTime)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := a.beat(ctx, &fallowv1.HeartbeatRequest{})
		switch {
		case err == nil || ctx.Err() != nil:
		case !notBanned(err):
			return err
		default:
			a.config.Log.Warn("heartbeat failed", "error", err)
		}
	}
}

// beat sends one heartbeat and obeys the answer.
func (a *Agent) beat(ctx context.Context, request *fallowv1.HeartbeatRequest) error {
	ctx, cancel := context.WithTimeout(ctx, beatTime)
	defer cancel()
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
	return a.insist(ctx, "reach the server", notBanned, func(ctx context.Context) error {
		return a.beat(ctx, &fallowv1.HeartbeatRequest{Restarted: true, Inventory: rpc.ToInventory(a.inventory)})
	})
}
