package storetest

import (
	"testing"
	"time"

	"fallow"
	"fallow/internal/store"
)

func testLeaseConflicts(t *testing.T, s store.Store) {
	id, held, done := createJob(t, s, 5), createJob(t, s, 5), createJob(t, s, 1)
	lease(t, s, "a", id, 0, 2)
	end(t, s, attempt(id, 1, 1), fallow.Lost, store.Subjob{State: store.SubjobWaiting})
	lease(t, s, "a", done, 0, 1)
	update(t, s, func(tx store.Tx) error { return tx.SetJobState(held, fallow.JobHeld, "", now) })
	before := job(t, s, id)
	tests := map[string][]fallow.AttemptID{
		"a gap":                        {attempt(id, 2, 1), attempt(id, 4, 1)},
		"not from next on":             {attempt(id, 3, 1)},
		"a fresh one twice":            {attempt(id, 2, 1), attempt(id, 2, 1)},
		"a fresh one's second attempt": {attempt(id, 2, 2)},
		"beyond the end":               {attempt(id, 2, 1), attempt(id, 3, 1), attempt(id, 4, 1), attempt(id, 5, 1)},
		"one that runs":                {attempt(id, 0, 2)},
		"a waiting one's first":        {attempt(id, 1, 1)},
		"a waiting one's third":        {attempt(id, 1, 3)},
		"a waiting one twice":          {attempt(id, 1, 2), attempt(id, 1, 2)},
		"of a held job":                {attempt(held, 0, 1)},
		"of a job all leased":          {attempt(done, 1, 1)},
	}
	for name, ids := range tests {
		var leases []store.Lease
		for _, a := range ids {
			leases = append(leases, leaseOf("b", a))
		}
		wantCode(t, s, fallow.CodeConflict, name, func(tx store.Tx) error { return tx.Lease(leases) })
	}
	same(t, "job after refused leases", before, job(t, s, id))
	mixed := []store.Lease{leaseOf("b", attempt(id, 3, 1)), leaseOf("b", attempt(id, 1, 2)), leaseOf("c", attempt(id, 2, 1))}
	update(t, s, func(tx store.Tx) error { return tx.Lease(mixed) })
	same(t, "counts", fallow.Counts{Total: 5, Waiting: 1, Running: 4}, job(t, s, id).Counts)
}

func testRenew(t *testing.T, s store.Store) {
	id := createJob(t, s, 3)
	lease(t, s, "a", id, 0, 2)
	lease(t, s, "b", id, 2, 1)
	end(t, s, attempt(id, 1, 1), fallow.Succeeded, store.Subjob{State: store.SubjobSucceeded})
	until := now.Add(time.Hour)
	asked := []fallow.AttemptID{attempt(id, 0, 1), attempt(id, 1, 1), attempt(id, 2, 1), attempt(id, 0, 2), attempt(99, 0, 1)}
	var gone []fallow.AttemptID
	update(t, s, func(tx store.Tx) (err error) {
		gone, err = tx.Renew("a", asked, until)
		return err
	})
	same(t, "gone: ended, another node's, never leased, unknown", asked[1:], gone)
	expires := func(a fallow.AttemptID) time.Time {
		return get(t, s, func(r store.Reader) (fallow.Attempt, error) { return r.Attempt(a) }).Expires
	}
	if got := expires(attempt(id, 0, 1)); !got.Equal(until) {
		t.Errorf("a renewed lease ends %v, want %v", got, until)
	}
	if got := expires(attempt(id, 2, 1)); !got.Equal(now.Add(fallow.LeaseTime)) {
		t.Errorf("another node's lease ends %v", got)
	}
}

func testExpired(t *testing.T, s store.Store) {
	id := createJob(t, s, 3)
	var leases []store.Lease
	for i, after := range []time.Duration{3 * time.Minute, time.Minute, 2 * time.Minute} {
		l := leaseOf("a", attempt(id, int64(i), 1))
		l.Expires = now.Add(after)
		leases = append(leases, l)
	}
	update(t, s, func(tx store.Tx) error { return tx.Lease(leases) })
	expired := func(after time.Duration, limit int) (indexes []int64) {
		for _, a := range get(t, s, func(r store.Reader) ([]fallow.Attempt, error) { return r.Expired(now.Add(after), limit) }) {
			indexes = append(indexes, a.ID.Subjob.Index)
		}
		return indexes
	}
	same(t, "before the first ends", []int64(nil), expired(time.Minute, 9))
	same(t, "just after", []int64{1}, expired(time.Minute+1, 9))
	same(t, "all, the longest expired first", []int64{1, 2, 0}, expired(time.Hour, 9))
	same(t, "limit", []int64{1}, expired(time.Hour, 1))
}

func testRunningLists(t *testing.T, s store.Store) {
	one, two := createJob(t, s, 3), createJob(t, s, 3)
	lease(t, s, "a", one, 0, 2)
	lease(t, s, "a", two, 0, 1)
	lease(t, s, "b", two, 1, 1)
	end(t, s, attempt(one, 0, 1), fallow.Succeeded, store.Subjob{State: store.SubjobSucceeded})
	same(t, "running on a", []fallow.AttemptID{attempt(one, 1, 1), attempt(two, 0, 1)},
		get(t, s, func(r store.Reader) ([]fallow.AttemptID, error) { return r.RunningOn("a") }))
	want := fallow.Attempt{ID: attempt(two, 0, 1), Node: "a", Started: now, Expires: now.Add(fallow.LeaseTime)}
	second := want
	second.ID, second.Node = attempt(two, 1, 1), "b"
	of := func(limit int) []fallow.Attempt {
		return get(t, s, func(r store.Reader) ([]fallow.Attempt, error) { return r.RunningOf(two, limit) })
	}
	same(t, "running of the second job", []fallow.Attempt{want, second}, of(9))
	same(t, "limit", []fallow.Attempt{want}, of(1))
}
