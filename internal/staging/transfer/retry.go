package transfer

import (
	"context"
	"math/rand/v2"
	"time"

	"fallow"
)

const (
	// MaxTries is how many times in a row a transfer may fail without getting on.
	MaxTries = 8
	// MinProgress is what a try must move to count as getting on, in bytes.
	MinProgress = 64 << 10
	// FirstDelay is the longest wait before the second try; it doubles from try to
	// try up to MaxDelay.
	FirstDelay = 500 * time.Millisecond
	MaxDelay   = 30 * time.Second
)

// retry runs try until it succeeds, fails for good, or has failed [MaxTries] times
// without getting on. What try returns is how many bytes it moved.
func (c *Client) retry(ctx context.Context, try func() (int64, error)) error {
	for failures := 0; ; {
		moved, err := try()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if moved >= MinProgress {
			failures = 0
		}
		failures++
		if failures == MaxTries || !passing(err) {
			return err
		}
		if err := pause(ctx, c.delay(failures)); err != nil {
			return err
		}
	}
}

// passing tells whether an error may be gone at the next try.
func passing(err error) bool {
	switch fallow.CodeOf(err) {
	case fallow.CodeUnavailable, fallow.CodeConflict:
		return true
	}
	return false
}

// delay is random below a bound that doubles, so that nodes that failed together
// do not come back together.
func (c *Client) delay(failures int) time.Duration {
	first := c.FirstDelay
	if first <= 0 {
		first = FirstDelay
	}
	bound := min(first<<(failures-1), MaxDelay)
	return rand.N(bound) + 1
}

// pause waits, or less if ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
