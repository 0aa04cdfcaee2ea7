package storetest

import (
	"testing"
	"time"

	"fallow"
	"fallow/internal/store"
)

func subjob(t fataler, s store.Store, id fallow.SubjobID) store.Subjob {
	t.Helper()
	return get(t, s, func(r store.Reader) (store.Subjob, error) { return r.Subjob(id) })
}

func testSubjobLife(t *testing.T, s store.Store) {
	id := createJob(t, s, 3)
	lease(t, s, "a", id, 0, 2)
	one := attempt(id, 1, 1)
	same(t, "a leased subjob", store.Subjob{ID: one.Subjob, State: store.SubjobRunning, Attempts: 1}, subjob(t, s, one.Subjob))
	got := job(t, s, id)
	same(t, "counts after a lease", fallow.Counts{Total: 3, Waiting: 1, Running: 2}, got.Counts)
	if got.Next != 2 {
		t.Errorf("next is %d, want 2", got.Next)
	}
	end(t, s, one, fallow.Succeeded, store.Subjob{State: store.SubjobSucceeded, Results: results})
	end(t, s, attempt(id, 0, 1), fallow.TooLong, store.Subjob{State: store.SubjobFailed, Reason: "too long"})
	same(t, "a succeeded subjob", store.Subjob{ID: one.Subjob, State: store.SubjobSucceeded, Attempts: 1, Results: results}, subjob(t, s, one.Subjob))
	same(t, "counts at the end", fallow.Counts{Total: 3, Waiting: 1, Succeeded: 1, Failed: 1}, job(t, s, id).Counts)
}

func testRetry(t *testing.T, s store.Store) {
	id := createJob(t, s, 1)
	lease(t, s, "a", id, 0, 1)
	waits := store.Subjob{State: store.SubjobWaiting, Reason: "evicted", NotBefore: now.Add(time.Second)}
	end(t, s, attempt(id, 0, 1), fallow.Evicted, waits)
	waits.ID, waits.Attempts = fallow.SubjobID{Job: id}, 1
	same(t, "a subjob that waits again", waits, subjob(t, s, waits.ID))
	same(t, "counts", fallow.Counts{Total: 1, Waiting: 1}, job(t, s, id).Counts)

	update(t, s, func(tx store.Tx) error { return tx.Lease([]store.Lease{leaseOf("b", attempt(id, 0, 2))}) })
	if got := subjob(t, s, waits.ID); got.State != store.SubjobRunning || got.Attempts != 2 {
		t.Errorf("after a second lease: %+v", got)
	}
	same(t, "counts of the second attempt", fallow.Counts{Total: 1, Running: 1}, job(t, s, id).Counts)
	var nodes []fallow.NodeID
	for _, a := range get(t, s, func(r store.Reader) ([]fallow.Attempt, error) { return r.Attempts(waits.ID) }) {
		nodes = append(nodes, a.Node)
	}
	same(t, "nodes of the attempts", []fallow.NodeID{"a", "b"}, nodes)
}

// testFinalSubjobs: a result counts exactly once.
func testFinalSubjobs(t *testing.T, s store.Store) {
	states := []store.SubjobState{store.SubjobSucceeded, store.SubjobFailed, store.SubjobCancelled}
	all := append([]store.SubjobState{store.SubjobWaiting}, states...)
	id := createJob(t, s, int64(len(states)))
	lease(t, s, "a", id, 0, int64(len(states)))
	for i, state := range states {
		end(t, s, attempt(id, int64(i), 1), fallow.Failed, store.Subjob{State: state, Reason: "first"})
	}
	counts := job(t, s, id).Counts
	for i, state := range states {
		sub := fallow.SubjobID{Job: id, Index: int64(i)}
		for _, to := range all {
			err := s.Update(t.Context(), func(tx store.Tx) error {
				return tx.SetSubjob(store.Subjob{ID: sub, State: to, Reason: "second"}, now)
			})
			if (err == nil) != (to == state) || err != nil && fallow.CodeOf(err) != fallow.CodeConflict {
				t.Errorf("from %s to %s: %v", state, to, err)
			}
		}
		if got := subjob(t, s, sub); got.Reason != "first" {
			t.Errorf("a final subjob changed to %+v", got)
		}
	}
	same(t, "counts", counts, job(t, s, id).Counts)
	wantCode(t, s, fallow.CodeInvalid, "running without a lease", func(tx store.Tx) error {
		return tx.SetSubjob(store.Subjob{ID: fallow.SubjobID{Job: id}, State: store.SubjobRunning}, now)
	})
}

func testSubjobLists(t *testing.T, s store.Store) {
	id, other := createJob(t, s, 9), createJob(t, s, 9)
	lease(t, s, "a", id, 0, 6)
	lease(t, s, "a", other, 0, 2)
	end(t, s, attempt(id, 0, 1), fallow.Succeeded, store.Subjob{State: store.SubjobSucceeded, Results: results})
	end(t, s, attempt(id, 1, 1), fallow.Failed, store.Subjob{State: store.SubjobFailed})
	end(t, s, attempt(id, 2, 1), fallow.Lost, store.Subjob{State: store.SubjobWaiting})
	end(t, s, attempt(id, 4, 1), fallow.Cancelled, store.Subjob{State: store.SubjobCancelled})
	tests := []struct {
		state store.SubjobState
		after int64
		limit int
		want  []int64
	}{
		{"", -1, 9, []int64{0, 1, 2, 3, 4, 5}},
		{"", 1, 2, []int64{2, 3}},
		{store.SubjobSucceeded, -1, 9, []int64{0}},
		{store.SubjobFailed, -1, 9, []int64{1}},
		{store.SubjobFailed, 1, 9, nil},
		{store.SubjobWaiting, -1, 9, []int64{2}},
		{store.SubjobRunning, -1, 9, []int64{3, 5}},
		{store.SubjobRunning, 3, 9, []int64{5}},
		{store.SubjobCancelled, -1, 9, []int64{4}},
	}
	for _, test := range tests {
		var indexes []int64
		listed := get(t, s, func(r store.Reader) ([]store.Subjob, error) { return r.Subjobs(id, test.state, test.after, test.limit) })
		for _, sub := range listed {
			indexes = append(indexes, sub.ID.Index)
			same(t, "a listed subjob", subjob(t, s, sub.ID), sub)
		}
		same(t, "subjobs in state "+string(test.state), test.want, indexes)
	}
	wantCode(t, s, fallow.CodeInvalid, "an unknown state", func(tx store.Tx) error {
		_, err := tx.Subjobs(id, "lazy", -1, 9)
		return err
	})
}

func testCancel(t *testing.T, s store.Store) {
	id := createJob(t, s, 1_000_000)
	lease(t, s, "a", id, 0, 3)
	end(t, s, attempt(id, 0, 1), fallow.Succeeded, store.Subjob{State: store.SubjobSucceeded})
	end(t, s, attempt(id, 1, 1), fallow.Evicted, store.Subjob{State: store.SubjobWaiting})
	update(t, s, func(tx store.Tx) error { return tx.CancelSubjobs(id, now) })
	got := job(t, s, id)
	same(t, "counts", fallow.Counts{Total: 1_000_000, Running: 1, Succeeded: 1, Cancelled: 999_998}, got.Counts)
	if got.Next != got.Counts.Total {
		t.Errorf("next is %d, want %d: nothing can be leased any more", got.Next, got.Counts.Total)
	}
	if state := subjob(t, s, fallow.SubjobID{Job: id, Index: 1}).State; state != store.SubjobCancelled {
		t.Errorf("the subjob that waited again is %s", state)
	}
	same(t, "candidates", []store.Candidate(nil), candidates(t, s, now.Add(time.Hour)))
	rows := get(t, s, func(r store.Reader) ([]store.Subjob, error) { return r.Subjobs(id, "", -1, 9) })
	if len(rows) != 3 {
		t.Errorf("%d rows for 3 subjobs that were leased", len(rows))
	}
	update(t, s, func(tx store.Tx) error { return tx.CancelSubjobs(id, now) })
	same(t, "counts after a second time", got.Counts, job(t, s, id).Counts)
}
