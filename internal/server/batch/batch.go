// Package batch turns many concurrent calls into few: group commit. While one
// batch is being carried out, the calls that arrive wait together and become the
// next one, so that under load a transaction serves hundreds of callers and
// without load nobody waits.
package batch

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Func carries out a batch, all of it or nothing, and gives one answer for each
// request, in order. An error is every caller's error, but for a [Fault].
type Func[Q, A any] func(ctx context.Context, requests []Q) ([]A, error)

// Fault is the error of a [Func] that one request alone is to blame for. That
// request gets the error, and the batch is carried out again without it.
type Fault struct {
	Request int // its place in the batch
	Err     error
}

// Error gives the message of what went wrong.
func (f *Fault) Error() string { return f.Err.Error() }

// Unwrap gives what went wrong.
func (f *Fault) Unwrap() error { return f.Err }

// Group collects requests into batches of at most max and carries them out one
// batch at a time.
type Group[Q, A any] struct {
	do  Func[Q, A]
	max int

	mu      sync.Mutex
	waiting []*call[Q, A]
	busy    bool
}

type call[Q, A any] struct {
	request Q
	answer  A
	err     error
	done    chan struct{}
	lead    chan struct{} // closed when the caller must carry out the next batch
}

// New makes a Group.
func New[Q, A any](max int, do Func[Q, A]) *Group[Q, A] {
	return &Group[Q, A]{do: do, max: max}
}

// The defects of a [Func].
var (
	// ErrAnswers: it gave another number of answers than there were requests.
	ErrAnswers = errors.New("batch: number of answers differs from number of requests")
	// ErrPanic: it panicked. Its caller gets the panic, the others of the batch this.
	ErrPanic = errors.New("batch: it broke down")
)

// Do hands in a request and waits for its answer. When ctx ends while the request
// waits for its batch, it is withdrawn; once the batch has begun, Do waits for it,
// because its effects will be there.
func (g *Group[Q, A]) Do(ctx context.Context, request Q) (A, error) {
	c := &call[Q, A]{request: request, done: make(chan struct{}), lead: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, c)
	if !g.busy {
		g.busy = true
		close(g.waiting[0].lead)
	}
	g.mu.Unlock()

	select {
	case <-c.done:
	case <-c.lead:
		g.carryOut(ctx)
	case <-ctx.Done():
		if g.withdraw(c) {
			return c.answer, ctx.Err()
		}
		g.settle(ctx, c)
	}
	return c.answer, c.err
}

// settle waits for a call that can no longer be withdrawn: it was carried out by
// another caller, or it leads the next batch itself.
func (g *Group[Q, A]) settle(ctx context.Context, c *call[Q, A]) {
	select {
	case <-c.done:
	case <-c.lead:
		g.carryOut(ctx)
	}
}

// withdraw takes a call out of the queue, unless it is in a batch or leads one.
func (g *Group[Q, A]) withdraw(c *call[Q, A]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-c.lead:
		return false
	default:
	}
	for i, w := range g.waiting {
		if w == c {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// carryOut runs the batch at the head of the queue, then lets the next one begin.
// The batch belongs to many callers, so it does not end with the leader's ctx.
func (g *Group[Q, A]) carryOut(ctx context.Context) {
	g.mu.Lock()
	n := min(len(g.waiting), g.max)
	calls := g.waiting[:n:n]
	g.waiting = append([]*call[Q, A](nil), g.waiting[n:]...)
	g.mu.Unlock()

	defer g.finish(calls)
	for _, c := range calls {
		c.err = ErrPanic // until the answer is there
	}
	g.answer(context.WithoutCancel(ctx), calls)
}

// finish lets the next batch begin and the callers of this one go.
func (g *Group[Q, A]) finish(calls []*call[Q, A]) {
	g.mu.Lock()
	if len(g.waiting) > 0 {
		close(g.waiting[0].lead)
	} else {
		g.busy = false
	}
	g.mu.Unlock()
	for _, c := range calls {
		close(c.done)
	}
}

// answer carries out calls, again without one that was at fault for as long as there
// is one.
func (g *Group[Q, A]) answer(ctx context.Context, calls []*call[Q, A]) {
	calls = slices.Clone(calls)
	for len(calls) > 0 {
		answers, err := g.do(ctx, requestsOf(calls))
		fault, ok := errors.AsType[*Fault](err)
		if !ok {
			share(calls, answers, err)
			return
		}
		calls[fault.Request].err = fault.Err
		calls = slices.Delete(calls, fault.Request, fault.Request+1)
	}
}

func requestsOf[Q, A any](calls []*call[Q, A]) []Q {
	requests := make([]Q, len(calls))
	for i, c := range calls {
		requests[i] = c.request
	}
	return requests
}

// share gives each caller its answer, or all the same error.
func share[Q, A any](calls []*call[Q, A], answers []A, err error) {
	if err == nil && len(answers) != len(calls) {
		err = ErrAnswers
	}
	for i, c := range calls {
		if c.err = err; err == nil {
			c.answer = answers[i]
		}
	}
}
