package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fallow"
	"fallow/internal/store"
)

// Opener opens the store whose data lies in a folder: the same folder again, the
// same data again.
type Opener func(ctx context.Context, dir string) (store.Store, error)

// Run checks an implementation.
func Run(t *testing.T, open Opener) {
	tests := []struct {
		name string
		test func(*testing.T, store.Store)
	}{
		{"users", testUsers},
		{"users/two with one token", testTokenConflict},
		{"audit", testAudit},
		{"bundles", testBundles},
		{"bundles/latest", testLatestBundle},
		{"bundles/of another user", testBundleOfAnother},
		{"jobs", testCreateJob},
		{"jobs/key", testJobKey},
		{"jobs/lists", testJobLists},
		{"jobs/states", testJobStates},
		{"jobs/results", testJobResults},
		{"jobs/evidence", testEvidence},
		{"jobs/number undone", testUndoneJob},
		{"subjobs", testSubjobLife},
		{"subjobs/retry", testRetry},
		{"subjobs/final", testFinalSubjobs},
		{"subjobs/lists", testSubjobLists},
		{"subjobs/cancel", testCancel},
		{"leases", testLeaseConflicts},
		{"leases/renew", testRenew},
		{"leases/expired", testExpired},
		{"leases/of a node and a job", testRunningLists},
		{"attempts/end", testEndAttempt},
		{"attempts/late", testLateOutcome},
		{"candidates/order", testCandidateOrder},
		{"candidates/waiting", testCandidateWaiting},
		{"candidates/bounds", testCandidateBounds},
		{"nodes", testNodes},
		{"nodes/states", testNodeStates},
		{"nodes/active", testActiveNodes},
		{"join tokens", testJoinTokens},
		{"not found", testNotFound},
		{"transactions/error undoes", testRollback},
		{"transactions/panic undoes", testPanic},
		{"transactions/cancelled", testCancelledContext},
		{"transactions/closed", testClosed},
		{"transactions/isolation", testIsolation},
		{"transactions/concurrency", testConcurrency},
		{"ten million subjobs", testTenMillion},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.test(t, opened(t, open, t.TempDir())) })
	}
	t.Run("reopen", func(t *testing.T) { testReopen(t, open) })
	t.Run("model", func(t *testing.T) { testModel(t, open) })
	t.Run("killed", func(t *testing.T) { testKilled(t, open) })
}

// opened opens a store and closes it at the end of the test.
func opened(t *testing.T, open Opener, dir string) store.Store {
	t.Helper()
	s, err := open(t.Context(), dir)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// fataler is a test, or one round of a property test.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

func update(t fataler, s store.Store, fn func(store.Tx) error) {
	t.Helper()
	if err := s.Update(context.Background(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t fataler, s store.Store, fn func(store.Reader) error) {
	t.Helper()
	if err := s.View(context.Background(), fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// get reads one thing in a transaction of its own.
func get[T any](t fataler, s store.Store, read func(store.Reader) (T, error)) T {
	t.Helper()
	var got T
	view(t, s, func(r store.Reader) (err error) {
		got, err = read(r)
		return err
	})
	return got
}

// same compares; an empty list and none are the same.
func same(t fataler, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// wantCode checks the code of an error from a transaction that must fail.
func wantCode(t fataler, s store.Store, code fallow.Code, what string, fn func(store.Tx) error) {
	t.Helper()
	err := s.Update(context.Background(), fn)
	if err == nil || fallow.CodeOf(err) != code {
		t.Errorf("%s: %v, want an error of code %s", what, err, code)
	}
}

var (
	now = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)
	// spec uses fields of every kind.
	spec = fallow.JobSpec{
		Name: "globins", Command: []string{"hmmsearch", "{slice}"}, Env: []string{"A=1"},
		Bundle:  fallow.DigestOf([]byte("bundle")),
		Inputs:  []fallow.InputFile{{Name: "g.hmm", FileRef: fallow.FileRef{Digest: fallow.DigestOf([]byte("g")), Size: 1}}},
		Split:   fallow.Split{Range: &fallow.RangeSplit{Name: "seed", From: 1, To: 9, Step: 1}},
		Needs:   fallow.Needs{Memory: fallow.GiB, MinTime: time.Second, Labels: map[string]string{"room": "ß \"quoted\""}},
		Retries: 3,
	}
	results = []fallow.FileRef{{Path: "hits.tbl", Digest: fallow.DigestOf([]byte("hits")), Size: 4}}
)

func createJob(t fataler, s store.Store, total int64) fallow.JobID {
	t.Helper()
	var id fallow.JobID
	update(t, s, func(tx store.Tx) (err error) {
		id, err = tx.CreateJob("ada", "", spec, total, now)
		return err
	})
	return id
}

func attempt(job fallow.JobID, index int64, number int) fallow.AttemptID {
	return fallow.AttemptID{Subjob: fallow.SubjobID{Job: job, Index: index}, Number: number}
}

func leaseOf(node fallow.NodeID, id fallow.AttemptID) store.Lease {
	return store.Lease{Attempt: id, Node: node, Started: now, Expires: now.Add(fallow.LeaseTime)}
}

// lease leases first attempts of a run of subjobs to a node.
func lease(t fataler, s store.Store, node fallow.NodeID, job fallow.JobID, first, n int64) {
	t.Helper()
	leases := make([]store.Lease, n)
	for i := range leases {
		leases[i] = leaseOf(node, attempt(job, first+int64(i), 1))
	}
	update(t, s, func(tx store.Tx) error { return tx.Lease(leases) })
}

// end ends an attempt and moves its subjob.
func end(t fataler, s store.Store, id fallow.AttemptID, kind fallow.OutcomeKind, to store.Subjob) {
	t.Helper()
	to.ID = id.Subjob
	update(t, s, func(tx store.Tx) error {
		if err := tx.EndAttempt(id, fallow.Outcome{Kind: kind, Reason: string(kind)}, now); err != nil {
			return err
		}
		return tx.SetSubjob(to, now)
	})
}

func job(t fataler, s store.Store, id fallow.JobID) store.Job {
	t.Helper()
	return get(t, s, func(r store.Reader) (store.Job, error) { return r.Job(id) })
}
