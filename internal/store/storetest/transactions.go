package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"fallow"
	"fallow/internal/store"
)

func jobs(t fataler, s store.Store) int {
	t.Helper()
	return len(get(t, s, func(r store.Reader) ([]fallow.Job, error) { return r.Jobs(store.JobFilter{Limit: 99}) }))
}

func testRollback(t *testing.T, s store.Store) {
	stop := errors.New("stop")
	err := s.Update(t.Context(), func(tx store.Tx) error {
		if _, err := tx.CreateJob("ada", "", spec, 1, now); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("update gives %v, want the function's error", err)
	}
	if n := jobs(t, s); n != 0 {
		t.Errorf("%d jobs after a failed update", n)
	}
	if err := s.View(t.Context(), func(store.Reader) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("view gives %v, want the function's error", err)
	}
	if id := createJob(t, s, 1); id != 1 {
		t.Errorf("the next job is %s, want 1", id)
	}
}

func testPanic(t *testing.T, s store.Store) {
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		_ = s.Update(t.Context(), func(tx store.Tx) error {
			if _, err := tx.CreateJob("ada", "", spec, 1, now); err != nil {
				return err
			}
			panic("a defect")
		})
	}()
	if n := jobs(t, s); n != 0 {
		t.Errorf("%d jobs after a panic", n)
	}
	createJob(t, s, 1)
}

func testCancelledContext(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(tx store.Tx) error {
		if _, err := tx.CreateJob("ada", "", spec, 1, now); err != nil {
			return err
		}
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("update gives %v, want context.Canceled", err)
	}
	if err := s.View(ctx, func(store.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("view gives %v, want context.Canceled", err)
	}
	if n := jobs(t, s); n != 0 {
		t.Errorf("%d jobs after a cancelled update", n)
	}
	createJob(t, s, 1)
}

func testClosed(t *testing.T, s store.Store) {
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if err := s.View(t.Context(), func(store.Reader) error { return nil }); fallow.CodeOf(err) != fallow.CodeUnavailable {
		t.Errorf("view of a closed store: %v, want unavailable", err)
	}
	if err := s.Update(t.Context(), func(store.Tx) error { return nil }); fallow.CodeOf(err) != fallow.CodeUnavailable {
		t.Errorf("update of a closed store: %v, want unavailable", err)
	}
}

// testIsolation: a View sees one state from beginning to end, and does not wait for
// an Update or make one wait.
func testIsolation(t *testing.T, s store.Store) {
	id := createJob(t, s, 2)
	view(t, s, func(r store.Reader) error {
		before, err := r.Job(id)
		if err != nil {
			return err
		}
		lease(t, s, "a", id, 0, 1)
		after, err := r.Job(id)
		same(t, "the job within one view", before, after)
		return err
	})
	if got := job(t, s, id).Counts.Running; got != 1 {
		t.Errorf("%d running after the view, want 1", got)
	}
	update(t, s, func(tx store.Tx) error {
		if err := tx.SetJobState(id, fallow.JobHeld, "", now); err != nil {
			return err
		}
		if got := job(t, s, id).State; got != fallow.JobRunning {
			t.Errorf("an uncommitted state is seen: %s", got)
		}
		own, err := tx.Job(id)
		if own.State != fallow.JobHeld {
			t.Errorf("an update does not see its own change: %s", own.State)
		}
		return err
	})
}

// testConcurrency: many updates and views at once; nothing is lost, and no view
// sees counts that don't add up.
func testConcurrency(t *testing.T, s store.Store) {
	const nodes, each = 8, 8
	id := createJob(t, s, nodes*each)
	var writers, readers sync.WaitGroup
	for range nodes {
		writers.Go(func() {
			for range each {
				leaseNext(t, s, id)
			}
		})
	}
	done := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					checkCounts(t, s, id)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	same(t, "counts", fallow.Counts{Total: nodes * each, Running: nodes * each}, job(t, s, id).Counts)
}

// leaseNext leases whatever comes next, as seen within the same update.
func leaseNext(t *testing.T, s store.Store, id fallow.JobID) {
	err := s.Update(context.Background(), func(tx store.Tx) error {
		j, err := tx.Job(id)
		if err != nil {
			return err
		}
		return tx.Lease([]store.Lease{leaseOf("a", attempt(id, j.Next, 1))})
	})
	if err != nil {
		t.Errorf("lease: %v", err)
	}
}

func checkCounts(t *testing.T, s store.Store, id fallow.JobID) {
	err := s.View(context.Background(), func(r store.Reader) error {
		j, err := r.Job(id)
		if err != nil {
			return err
		}
		running, err := r.RunningOf(id, 1000)
		if c := j.Counts; c.Waiting+c.Running != c.Total || c.Running != j.Next || int64(len(running)) != c.Running {
			t.Errorf("a view sees %+v, next %d and %d leases", c, j.Next, len(running))
		}
		return err
	})
	if err != nil {
		t.Errorf("view: %v", err)
	}
}
