package batch_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"fallow/internal/server/batch"
)

func TestCallsThatArriveTogetherShareABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var batches []int
		gate := make(chan struct{})
		g := batch.New(10, func(_ context.Context, requests []int) ([]int, error) {
			batches = append(batches, len(requests))
			<-gate
			doubled := make([]int, len(requests))
			for i, r := range requests {
				doubled[i] = 2 * r
			}
			return doubled, nil
		})
		var wg sync.WaitGroup
		ask := func(n int) {
			wg.Go(func() {
				if got, err := g.Do(t.Context(), n); got != 2*n || err != nil {
					t.Errorf("Do(%d) = %d, %v", n, got, err)
				}
			})
		}
		ask(1)
		synctest.Wait() // the first batch has begun
		for n := range 25 {
			ask(n)
		}
		synctest.Wait()
		close(gate)
		wg.Wait()
		if len(batches) != 4 || batches[0] != 1 || batches[1] != 10 || batches[3] != 5 {
			t.Errorf("batches of %v calls, want [1 10 10 5]", batches)
		}
	})
}

func TestWithdrawnCallIsNotCarriedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var carried atomic.Int64
		gate := make(chan struct{})
		g := batch.New(10, func(_ context.Context, requests []int) ([]int, error) {
			carried.Add(int64(len(requests)))
			<-gate
			return requests, nil
		})
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = g.Do(t.Context(), 1) })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			if _, err := g.Do(ctx, 2); !errors.Is(err, context.Canceled) {
				t.Errorf("withdrawn call: %v, want context.Canceled", err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(gate)
		wg.Wait()
		if carried.Load() != 1 {
			t.Errorf("%d calls were carried out, want 1", carried.Load())
		}
	})
}

func TestErrorIsEveryCallers(t *testing.T) {
	broken := errors.New("disk full")
	g := batch.New(10, func(context.Context, []int) ([]int, error) { return nil, broken })
	if _, err := g.Do(t.Context(), 1); !errors.Is(err, broken) {
		t.Errorf("Do = %v, want %v", err, broken)
	}
}

func TestFaultIsItsOwnCallersOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		odd := errors.New("odd")
		gate := make(chan struct{})
		g := batch.New(10, func(_ context.Context, requests []int) ([]int, error) {
			<-gate
			for i, r := range requests {
				if r%2 == 1 {
					return nil, fmt.Errorf("carry out: %w", &batch.Fault{Request: i, Err: odd})
				}
			}
			return requests, nil
		})
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				got, err := g.Do(t.Context(), n)
				if n%2 == 1 && !errors.Is(err, odd) || n%2 == 0 && (err != nil || got != n) {
					t.Errorf("Do(%d) = %d, %v", n, got, err)
				}
			})
			synctest.Wait()
		}
		close(gate)
		wg.Wait()
	})
}

func TestPanicLeavesNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		g := batch.New(10, func(_ context.Context, requests []int) ([]int, error) {
			<-gate
			if len(requests) > 1 {
				panic("defect")
			}
			return requests, nil
		})
		var errs, panics atomic.Int64
		var wg sync.WaitGroup
		ask := func() {
			wg.Go(func() {
				defer func() {
					if recover() != nil {
						panics.Add(1)
					}
				}()
				if _, err := g.Do(t.Context(), 1); errors.Is(err, batch.ErrPanic) {
					errs.Add(1)
				}
			})
		}
		ask()
		synctest.Wait()
		for range 3 {
			ask()
		}
		synctest.Wait()
		close(gate)
		wg.Wait()
		if panics.Load() != 1 || errs.Load() != 2 {
			t.Errorf("%d callers panicked and %d got ErrPanic, want 1 and 2", panics.Load(), errs.Load())
		}
		if got, err := g.Do(t.Context(), 7); got != 7 || err != nil {
			t.Errorf("after the panic, Do = %d, %v", got, err)
		}
	})
}

func TestWrongNumberOfAnswersIsADefect(t *testing.T) {
	g := batch.New(10, func(context.Context, []int) ([]int, error) { return nil, nil })
	if _, err := g.Do(t.Context(), 1); !errors.Is(err, batch.ErrAnswers) {
		t.Errorf("Do = %v, want %v", err, batch.ErrAnswers)
	}
}
