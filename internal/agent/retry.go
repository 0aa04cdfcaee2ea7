package agent

import (
	"context"
	"math/rand/v2"
	"time"

	"fallow"
)

const (
	// retryFirst and retryMost bound the pause after a call that failed.
	retryFirst = 500 * time.Millisecond
	retryMost  = time.Minute
	// callTime bounds a call to the server, beyond what it is asked to wait.
	callTime = 30 * time.Second
)

// insist makes a call again, after longer and longer pauses, as long as it fails with
// an error that may pass: a server can be away for a while, and work need not be lost
// for that. It gives the first error that is not, or the last one before ctx ended.
func (a *Agent) insist(ctx context.Context, what string, passing func(error) bool, call func(context.Context) error) error {
	for pause := retryFirst; ; pause = min(2*pause, retryMost) {
		err := call(ctx)
		if err == nil || ctx.Err() != nil || !passing(err) {
			return err
		}
		a.config.Log.Warn("cannot "+what+"; trying again", "error", err, "in", pause)
		sleep(ctx, jitter(pause))
	}
}

// The kinds of errors that may pass.
var (
	// notBanned: all but the word of an operator.
	notBanned = codeOtherThan(fallow.CodeDenied)
	// notRefused: nor is it what was said that is wrong.
	notRefused = codeOtherThan(fallow.CodeDenied, fallow.CodeInvalid, fallow.CodeNotFound, fallow.CodeConflict, fallow.CodeUnsupported)
	// away: the server cannot be reached.
	away = codeOf(fallow.CodeUnavailable)
	// awayOrFull: or has no room now.
	awayOrFull = codeOf(fallow.CodeUnavailable, fallow.CodeLimit)
)

func codeOf(codes ...fallow.Code) func(error) bool {
	return func(err error) bool {
		for _, code := range codes {
			if fallow.CodeOf(err) == code {
				return true
			}
		}
		return false
	}
}

func codeOtherThan(codes ...fallow.Code) func(error) bool {
	among := codeOf(codes...)
	return func(err error) bool { return !among(err) }
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
