package storetest

import (
	"errors"
	"testing"
	"time"

	"fallow"
	"fallow/internal/store"
)

func testCreateJob(t *testing.T, s store.Store) {
	first, second := createJob(t, s, 7), createJob(t, s, 0)
	if first != 1 || second != 2 {
		t.Errorf("jobs are numbered %s and %s, want 1 and 2", first, second)
	}
	want := store.Job{Job: fallow.Job{ID: 1, Owner: "ada", Spec: spec, State: fallow.JobRunning,
		Counts: fallow.Counts{Total: 7, Waiting: 7}, Submitted: now}}
	same(t, "job", want, job(t, s, first))
	same(t, "job from memory", want, job(t, s, first))
	wantCode(t, s, fallow.CodeLimit, "too many subjobs", func(tx store.Tx) error {
		_, err := tx.CreateJob("ada", "", spec, fallow.MaxSubjobs+1, now)
		return err
	})
}

func testJobKey(t *testing.T, s store.Store) {
	submit := func(owner, key string) error {
		return s.Update(t.Context(), func(tx store.Tx) error {
			_, err := tx.CreateJob(owner, key, spec, 1, now)
			return err
		})
	}
	for _, who := range []string{"ada", "bob"} {
		if err := submit(who, "k"); err != nil {
			t.Fatalf("%s's first submit under a key: %v", who, err)
		}
	}
	if err := errors.Join(submit("ada", ""), submit("ada", "")); err != nil {
		t.Errorf("submits without a key: %v", err)
	}
	if err := submit("ada", "k"); fallow.CodeOf(err) != fallow.CodeConflict {
		t.Errorf("second submit under the same key: %v, want conflict", err)
	}
	id := get(t, s, func(r store.Reader) (fallow.JobID, error) { return r.JobWithKey("bob", "k") })
	if id != 2 {
		t.Errorf("bob's key finds job %s, want 2", id)
	}
}

func testJobLists(t *testing.T, s store.Store) {
	update(t, s, func(tx store.Tx) error {
		for i, owner := range []string{"ada", "bob", "ada", "ada"} {
			if _, err := tx.CreateJob(owner, "", fallow.JobSpec{Name: "n", Priority: i, Env: []string{"X=1"}}, 1, now); err != nil {
				return err
			}
		}
		return tx.SetJobState(3, fallow.JobCancelled, "gone", now)
	})
	tests := []struct {
		name   string
		filter store.JobFilter
		want   []fallow.JobID
	}{
		{"all", store.JobFilter{Limit: 9}, []fallow.JobID{4, 3, 2, 1}},
		{"limit", store.JobFilter{Limit: 2}, []fallow.JobID{4, 3}},
		{"before", store.JobFilter{Limit: 9, Before: 3}, []fallow.JobID{2, 1}},
		{"owner", store.JobFilter{Limit: 9, Owner: "ada"}, []fallow.JobID{4, 3, 1}},
		{"unfinished", store.JobFilter{Limit: 9, Unfinished: true}, []fallow.JobID{4, 2, 1}},
		{"everything", store.JobFilter{Limit: 1, Unfinished: true, Owner: "ada", Before: 4}, []fallow.JobID{1}},
	}
	for _, test := range tests {
		var ids []fallow.JobID
		for _, j := range get(t, s, func(r store.Reader) ([]fallow.Job, error) { return r.Jobs(test.filter) }) {
			ids = append(ids, j.ID)
			same(t, "short spec", fallow.JobSpec{Name: "n", Priority: int(j.ID) - 1}, j.Spec)
		}
		same(t, test.name, test.want, ids)
	}
}

func testJobStates(t *testing.T, s store.Store) {
	id := createJob(t, s, 1)
	set := func(state fallow.JobState) error {
		return s.Update(t.Context(), func(tx store.Tx) error { return tx.SetJobState(id, state, "because", now.Add(time.Hour)) })
	}
	for _, state := range []fallow.JobState{fallow.JobHeld, fallow.JobRunning, fallow.JobCollecting} {
		if err := set(state); err != nil {
			t.Fatal(err)
		}
		if got := job(t, s, id); got.State != state || got.Reason != "because" || !got.Finished.IsZero() {
			t.Errorf("state %s because %q, finished %v; want %s", got.State, got.Reason, got.Finished, state)
		}
		in := get(t, s, func(r store.Reader) ([]store.Job, error) { return r.JobsInState(state, 9) })
		same(t, "jobs in state "+string(state), []store.Job{job(t, s, id)}, in)
	}
	if err := set(fallow.JobSucceeded); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s, fallow.CodeInvalid, "jobs in a final state", func(tx store.Tx) error {
		_, err := tx.JobsInState(fallow.JobSucceeded, 9)
		return err
	})
	if got := job(t, s, id).Finished; !got.Equal(now.Add(time.Hour)) {
		t.Errorf("finished %v", got)
	}
	if err := set(fallow.JobRunning); fallow.CodeOf(err) != fallow.CodeConflict {
		t.Errorf("leaving a final state: %v, want conflict", err)
	}
}

func testJobResults(t *testing.T, s store.Store) {
	id := createJob(t, s, 1)
	for _, want := range [][]fallow.FileRef{results, append(results[:1:1], results...)} {
		update(t, s, func(tx store.Tx) error { return tx.SetJobResults(id, want) })
		update(t, s, func(tx store.Tx) error { return tx.SetJobState(id, fallow.JobCollecting, "", now) })
		same(t, "results", want, job(t, s, id).Results)
	}
}

func testEvidence(t *testing.T, s store.Store) {
	id := createJob(t, s, 1)
	ends := []store.NodeEnd{{Node: "b", Quick: true}, {Node: "a"}}
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.SetFailedNodes(id, []fallow.NodeID{"a", "b"}), tx.SetFailedSubjobs(id, []int64{4, 2}), tx.SetRecent(id, ends))
	})
	got := job(t, s, id)
	same(t, "recent ends", ends, got.Recent)
	same(t, "failed nodes", []fallow.NodeID{"a", "b"}, got.FailedNodes)
	same(t, "failed subjobs", []int64{4, 2}, got.FailedSubjobs)
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.SetFailedNodes(id, nil), tx.SetFailedSubjobs(id, nil), tx.SetRecent(id, nil))
	})
	same(t, "recent ends cleared", []store.NodeEnd(nil), job(t, s, id).Recent)
	same(t, "failed nodes cleared", []fallow.NodeID(nil), job(t, s, id).FailedNodes)
	same(t, "failed subjobs cleared", []int64(nil), job(t, s, id).FailedSubjobs)
}

// testUndoneJob: what a transaction read of a job that it then undid must not be
// taken for the next job of that number.
func testUndoneJob(t *testing.T, s store.Store) {
	undone := errors.New("undone")
	err := s.Update(t.Context(), func(tx store.Tx) error {
		id, err := tx.CreateJob("ada", "", fallow.JobSpec{Name: "undone"}, 1, now)
		if err != nil {
			return err
		}
		if _, err := tx.Job(id); err != nil {
			return err
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	same(t, "spec", spec, job(t, s, createJob(t, s, 1)).Spec)
}
