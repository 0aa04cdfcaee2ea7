package storetest

import (
	"strings"
	"testing"
	"time"

	"fallow"
	"fallow/internal/store"
)

func ended(t fataler, s store.Store, id fallow.AttemptID) fallow.Attempt {
	t.Helper()
	return get(t, s, func(r store.Reader) (fallow.Attempt, error) { return r.Attempt(id) })
}

func testEndAttempt(t *testing.T, s store.Store) {
	id := attempt(createJob(t, s, 2), 0, 1)
	lease(t, s, "a", id.Subjob.Job, 0, 2)
	want := fallow.Attempt{ID: id, Node: "a", Started: now, Expires: now.Add(fallow.LeaseTime)}
	same(t, "a running attempt", want, ended(t, s, id))

	want.Ended = now.Add(time.Minute)
	want.Outcome = fallow.Outcome{Kind: fallow.Failed, Reason: "exit code 3", ExitCode: 3, Signal: "SIGX", Limit: "memory",
		Usage: fallow.Usage{CPU: time.Second, Memory: fallow.MiB, Disk: 1, Procs: 2}, Results: results, Wall: time.Minute,
		Tail: "not UTF-8: \xff\x00 " + strings.Repeat("x", 60_000)}
	update(t, s, func(tx store.Tx) error { return tx.EndAttempt(id, want.Outcome, want.Ended) })
	same(t, "an ended attempt", want, ended(t, s, id))
	if got := subjob(t, s, id.Subjob).State; got != store.SubjobRunning {
		t.Errorf("the subjob is %s: its state is not EndAttempt's to change", got)
	}
	want.Outcome.Tail = ""
	same(t, "attempts of the subjob, without tails", []fallow.Attempt{want},
		get(t, s, func(r store.Reader) ([]fallow.Attempt, error) { return r.Attempts(id.Subjob) }))

	wantCode(t, s, fallow.CodeConflict, "a second outcome", func(tx store.Tx) error {
		return tx.EndAttempt(id, fallow.Outcome{Kind: fallow.Succeeded}, now)
	})
	wantCode(t, s, fallow.CodeInvalid, "an unknown outcome", func(tx store.Tx) error {
		return tx.EndAttempt(attempt(id.Subjob.Job, 1, 1), fallow.Outcome{Kind: "bored"}, now)
	})
}

// testLateOutcome: a laptop vanishes, its lease expires, another node runs the
// subjob, and then the laptop is back with the result.
func testLateOutcome(t *testing.T, s store.Store) {
	first := attempt(createJob(t, s, 1), 0, 1)
	lease(t, s, "a", first.Subjob.Job, 0, 1)
	end(t, s, first, fallow.Lost, store.Subjob{State: store.SubjobWaiting})
	second := attempt(first.Subjob.Job, 0, 2)
	update(t, s, func(tx store.Tx) error { return tx.Lease([]store.Lease{leaseOf("b", second)}) })
	end(t, s, first, fallow.Succeeded, store.Subjob{State: store.SubjobSucceeded, Results: results})
	if got := ended(t, s, first); got.Outcome.Kind != fallow.Succeeded || got.Node != "a" {
		t.Errorf("the late attempt is %+v", got)
	}
	end(t, s, second, fallow.Cancelled, store.Subjob{State: store.SubjobSucceeded})
	same(t, "counts", fallow.Counts{Total: 1, Succeeded: 1}, job(t, s, first.Subjob.Job).Counts)
	same(t, "results", results, subjob(t, s, first.Subjob).Results)
	wantCode(t, s, fallow.CodeConflict, "another late outcome", func(tx store.Tx) error {
		return tx.EndAttempt(first, fallow.Outcome{Kind: fallow.Succeeded}, now)
	})
}
