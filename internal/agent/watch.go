package agent

import (
	"context"
	"time"

	"connectrpc.com/connect"

	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

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
