package agent

import (
	"context"
	"errors"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

// stopTime bounds how long an agent that is stopped tries to tell how its attempts
// ended.
const stopTime = 5 * time.Second

// conclude tells the server how an attempt ended, unless nobody wants to know. It
// tries until the server has answered; the heartbeat keeps the lease meanwhile. When
// the agent is stopped, a last try is bounded by stopTime, so that the subjob moves
// on at once.
func (a *Agent) conclude(ctx context.Context, id fallow.AttemptID, outcome fallow.Outcome) {
	log := a.config.Log.With("attempt", id)
	err := ctx.Err()
	if err == nil {
		err = a.report(ctx, id, outcome)
	}
	if errors.Is(context.Cause(ctx), errUnwanted) {
		log.Info("attempt ended, unwanted")
		return
	}
	if err != nil && ctx.Err() != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		err = a.report(last, id, outcome)
	}
	if err != nil {
		log.Error("the outcome of an attempt could not be reported", "outcome", outcome.Kind, "error", err)
		return
	}
	log.Info("attempt ended", "outcome", outcome.Kind, "reason", outcome.Reason)
}

// report reports an outcome until the server has answered. One that the server
// refuses to take is replaced, once, by one that says so.
func (a *Agent) report(ctx context.Context, id fallow.AttemptID, outcome fallow.Outcome) error {
	request := &fallowv1.ReportRequest{Reports: []*fallowv1.Report{{
		Attempt: rpc.ToAttemptID(id), Outcome: rpc.ToOutcome(outcome),
	}}}
	if n := proto.Size(request); n > int(fallow.MaxMessage) {
		long := fallow.Errorf(fallow.CodeLimit, "the names of its results take %s, more than a message of %s", fallow.Size(n), fallow.MaxMessage)
		return a.report(ctx, id, resultsFailed(outcome, long))
	}
	err := a.insist(ctx, "report an outcome", notRefused, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, callTime)
		defer cancel()
		_, err := a.node.Report(ctx, connect.NewRequest(request))
		return err
	})
	if err != nil && ctx.Err() == nil && notBanned(err) && outcome.Kind != fallow.NotStarted {
		return a.report(ctx, id, fallow.Outcome{Kind: fallow.NotStarted, Reason: "the server refused the outcome: " + err.Error(), Wall: outcome.Wall})
	}
	return err
}

// evicted is the outcome of an attempt that did not end before the agent was
// stopped.
func evicted(o fallow.Outcome) fallow.Outcome {
	return fallow.Outcome{Kind: fallow.Evicted, Reason: "the agent was stopped", Usage: o.Usage, Tail: o.Tail, Wall: o.Wall}
}
