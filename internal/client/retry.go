package client

import (
	"context"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
)

// callTime bounds one try of a call.
const callTime = time.Minute

// retryWaits are the pauses before a call is tried again: long enough for a lost
// connection, short enough for somebody who waits at the keyboard.
var retryWaits = []time.Duration{200 * time.Millisecond, 800 * time.Millisecond}

// retry repeats calls that could not reach the server. It may, because every call
// of the services can be repeated (see their protocol).
type retry struct{}

func (retry) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		res, err := next(ctx, req)
		for _, wait := range retryWaits {
			if !worthRetry(ctx, err) || pause(ctx, wait) != nil {
				break
			}
			res, err = next(ctx, req)
		}
		return res, err
	}
}

func (retry) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

func (retry) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

// worthRetry tells whether the same call may work in a moment.
func worthRetry(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && fallow.CodeOf(rpc.FromConnect(err)) == fallow.CodeUnavailable
}

// pause waits, or gives the context's error if that comes first.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// deadline gives each try its own time, so that a server that answers nothing costs
// one try and not the whole call.
type deadline struct{ retry }

func (deadline) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		ctx, cancel := context.WithTimeout(ctx, callTime)
		defer cancel()
		return next(ctx, req)
	}
}
