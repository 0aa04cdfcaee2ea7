package batch_test

import (
	"context"
	"errors"
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
