package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"fallow"
	"fallow/internal/store"
	"fallow/internal/store/sqlite"
)

// batch is how many subjobs one transaction leases, and one ends: what group
// commit gathers from a busy grid.
const batch = 500

// BenchmarkLeaseAndEnd measures what the store adds to each subjob, durably, with
// few and with many finished subjobs behind it: the two should be equal.
func BenchmarkLeaseAndEnd(b *testing.B) {
	for _, finished := range []int64{1_000, 1_000_000} {
		b.Run(fmt.Sprintf("finished=%d", finished), func(b *testing.B) {
			s, job := newQueue(b)
			run(b, s, job, 0, finished)
			b.ResetTimer()
			run(b, s, job, finished, int64(b.N))
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "subjobs/s")
		})
	}
}

func newQueue(b *testing.B) (store.Store, fallow.JobID) {
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "fallow.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	var job fallow.JobID
	err = s.Update(b.Context(), func(tx store.Tx) (err error) {
		job, err = tx.CreateJob("ada", "", fallow.JobSpec{Name: "bench"}, fallow.MaxSubjobs, time.Now())
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return s, job
}

// run leases and ends n subjobs from first on.
func run(b *testing.B, s store.Store, job fallow.JobID, first, n int64) {
	for end := first + n; first < end; first += batch {
		ids := attempts(job, first, min(batch, end-first))
		if err := lease(b.Context(), s, ids); err != nil {
			b.Fatal(err)
		}
		if err := conclude(b.Context(), s, ids); err != nil {
			b.Fatal(err)
		}
	}
}

func attempts(job fallow.JobID, first, n int64) []fallow.AttemptID {
	ids := make([]fallow.AttemptID, n)
	for i := range ids {
		ids[i] = fallow.AttemptID{Subjob: fallow.SubjobID{Job: job, Index: first + int64(i)}, Number: 1}
	}
	return ids
}

func lease(ctx context.Context, s store.Store, ids []fallow.AttemptID) error {
	now := time.Now()
	return s.Update(ctx, func(tx store.Tx) error {
		if _, err := tx.Candidates(now, 64, 256); err != nil {
			return err
		}
		leases := make([]store.Lease, len(ids))
		for i, id := range ids {
			node := fallow.NodeID(fmt.Sprintf("node-%d", id.Subjob.Index%1000))
			leases[i] = store.Lease{Attempt: id, Node: node, Started: now, Expires: now.Add(fallow.LeaseTime)}
		}
		return tx.Lease(leases)
	})
}

func conclude(ctx context.Context, s store.Store, ids []fallow.AttemptID) error {
	now := time.Now()
	outcome := fallow.Outcome{Kind: fallow.Succeeded, Reason: "exit code 0", Wall: time.Second,
		Results: []fallow.FileRef{{Path: "hits.tbl", Digest: fallow.DigestOf([]byte("hits")), Size: 4}}}
	return s.Update(ctx, func(tx store.Tx) error {
		for _, id := range ids {
			if err := tx.EndAttempt(id, outcome, now); err != nil {
				return err
			}
			s := store.Subjob{ID: id.Subjob, State: store.SubjobSucceeded, Results: outcome.Results}
			if err := tx.SetSubjob(s, now); err != nil {
				return err
			}
		}
		return nil
	})
}
