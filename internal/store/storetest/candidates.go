package storetest

import (
	"fmt"
	"testing"
	"time"

	"fallow"
	"fallow/internal/store"
)

func candidates(t fataler, s store.Store, at time.Time) []store.Candidate {
	t.Helper()
	return get(t, s, func(r store.Reader) ([]store.Candidate, error) { return r.Candidates(at, 9, 9) })
}

func testCandidateOrder(t *testing.T, s store.Store) {
	update(t, s, func(tx store.Tx) error {
		for _, priority := range []int{0, -100, 100, 0} {
			if _, err := tx.CreateJob("ada", "", fallow.JobSpec{Priority: priority}, 1, now); err != nil {
				return err
			}
		}
		_, err := tx.CreateJob("ada", "", fallow.JobSpec{}, 0, now)
		return err
	})
	order := func() (ids []fallow.JobID) {
		for _, c := range candidates(t, s, now) {
			same(t, "candidate", job(t, s, c.Job.ID), c.Job)
			ids = append(ids, c.Job.ID)
		}
		return ids
	}
	same(t, "highest priority, then oldest", []fallow.JobID{3, 1, 4, 2}, order())
	after := func(last fallow.JobID, limit int) (ids []fallow.JobID) {
		found := get(t, s, func(r store.Reader) ([]store.Candidate, error) { return r.CandidatesAfter(last, now, limit, 9) })
		for _, c := range found {
			ids = append(ids, c.Job.ID)
		}
		return ids
	}
	same(t, "after the first", []fallow.JobID{1, 4, 2}, after(3, 9))
	same(t, "one after the first", []fallow.JobID{1}, after(3, 1))
	same(t, "after one that is no candidate", []fallow.JobID{2}, after(5, 9))
	same(t, "after the last", []fallow.JobID(nil), after(2, 9))
	lease(t, s, "a", 1, 0, 1)
	update(t, s, func(tx store.Tx) error { return tx.SetJobState(4, fallow.JobHeld, "", now) })
	same(t, "without the leased and the held", []fallow.JobID{3, 2}, order())
}

func testCandidateWaiting(t *testing.T, s store.Store) {
	id := createJob(t, s, 3)
	lease(t, s, "a", id, 0, 3)
	for i, after := range []time.Duration{time.Second, 0, time.Minute} {
		end(t, s, attempt(id, int64(i), 1), fallow.Failed, store.Subjob{State: store.SubjobWaiting, NotBefore: now.Add(after)})
	}
	again := func(index int64, avoid ...fallow.NodeID) store.Waiting {
		return store.Waiting{Index: index, Attempts: len(avoid), Avoid: avoid, Since: now}
	}
	waiting := func(at time.Time) []store.Waiting {
		if c := candidates(t, s, at); len(c) > 0 {
			return c[0].Waiting
		}
		return nil
	}
	same(t, "before any may", []store.Waiting(nil), waiting(now.Add(-1)))
	same(t, "after a second", []store.Waiting{again(0, "a"), again(1, "a")}, waiting(now.Add(time.Second)))
	same(t, "after a minute", []store.Waiting{again(0, "a"), again(1, "a"), again(2, "a")}, waiting(now.Add(time.Minute)))

	update(t, s, func(tx store.Tx) error {
		return tx.Lease([]store.Lease{leaseOf("b", attempt(id, 0, 2)), leaseOf("c", attempt(id, 1, 2)), leaseOf("a", attempt(id, 2, 2))})
	})
	end(t, s, attempt(id, 0, 2), fallow.Evicted, store.Subjob{State: store.SubjobWaiting})
	end(t, s, attempt(id, 1, 2), fallow.Cancelled, store.Subjob{State: store.SubjobWaiting})
	end(t, s, attempt(id, 2, 2), fallow.Lost, store.Subjob{State: store.SubjobWaiting})
	cancelled, twice := again(1, "a"), again(2, "a")
	cancelled.Attempts, twice.Attempts = 2, 2
	same(t, "nodes to avoid", []store.Waiting{again(0, "a", "b"), cancelled, twice}, waiting(now))
}

func testCandidateBounds(t *testing.T, s store.Store) {
	id := createJob(t, s, 20)
	createJob(t, s, 1)
	lease(t, s, "a", id, 0, 20)
	for i := range int64(20) {
		// The later ones have been ready for longer.
		end(t, s, attempt(id, i, 1), fallow.Lost, store.Subjob{State: store.SubjobWaiting, NotBefore: now.Add(-time.Duration(i))})
	}
	found := get(t, s, func(r store.Reader) ([]store.Candidate, error) { return r.Candidates(now, 1, 3) })
	if len(found) != 1 || found[0].Job.ID != id {
		t.Fatalf("%d candidates, want job %s", len(found), id)
	}
	var indexes []int64
	for _, w := range found[0].Waiting {
		indexes = append(indexes, w.Index)
	}
	same(t, "the three that have been ready longest", []int64{17, 18, 19}, indexes)

	update(t, s, func(tx store.Tx) error {
		for i := range 30 {
			if err := tx.Lease([]store.Lease{leaseOf(fallow.NodeID(fmt.Sprintf("n%02d", i)), attempt(id, 19, i+2))}); err != nil {
				return err
			}
			if err := tx.EndAttempt(attempt(id, 19, i+2), fallow.Outcome{Kind: fallow.Evicted}, now); err != nil {
				return err
			}
			if err := tx.SetSubjob(store.Subjob{ID: fallow.SubjobID{Job: id, Index: 19}, State: store.SubjobWaiting, NotBefore: now.Add(-time.Hour)}, now); err != nil {
				return err
			}
		}
		return nil
	})
	found = get(t, s, func(r store.Reader) ([]store.Candidate, error) { return r.Candidates(now, 1, 1) })
	if avoid := found[0].Waiting[0].Avoid; len(avoid) < 3 || len(avoid) > 16 || avoid[len(avoid)-1] != "n29" {
		t.Errorf("%d nodes to avoid (%v), want a few of the latest", len(avoid), avoid)
	}
}
