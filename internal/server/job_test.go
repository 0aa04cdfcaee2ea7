package server_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/jobs/split"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/store"
)

func TestJobFromSubmitToResult(t *testing.T) {
	g := newGrid(t)
	n := g.join()
	id := g.submit(g.admin, 3, nil)
	orders, err := n.lease(t.Context(), 8)
	must(t, err)
	for i, o := range slices.Backward(orders) {
		want := []string{"/app/test", string(rune('1' + i))}
		if !slices.Equal(o.Argv, want) {
			t.Errorf("order %d runs %q, want %q", i, o.Argv, want)
		}
		counted, err := n.succeed(t.Context(), o.Attempt, o.Argv[1]+"\n")
		if !counted || err != nil {
			t.Errorf("report of %v: %t, %v", o.Attempt, counted, err)
		}
		if again, err := n.succeed(t.Context(), o.Attempt, "again\n"); again || err != nil {
			t.Errorf("repeated report of %v: %t, %v", o.Attempt, again, err)
		}
	}
	if got := g.result(g.ended(id)); got != "1\n2\n3\n" {
		t.Errorf("result %q", got)
	}
}

func TestReportBeforeItsResultsIsRefused(t *testing.T) {
	g := newGrid(t)
	n := g.join()
	g.submit(g.admin, 1, nil)
	orders, err := n.lease(t.Context(), 1)
	must(t, err)
	o := fallow.Outcome{Kind: fallow.Succeeded, Wall: time.Minute, Results: []fallow.FileRef{{Path: "out", Digest: fallow.Digest{1}, Size: 1}}}
	_, err = n.report(t.Context(), orders[0].Attempt, o)
	wantCode(t, "result that has not arrived", err, fallow.CodeConflict, `"out"`)
	_, err = n.report(t.Context(), orders[0].Attempt, fallow.Outcome{Kind: "well"})
	wantCode(t, "an outcome that is none", err, fallow.CodeInvalid, "well")
	if counted, err := n.succeed(t.Context(), orders[0].Attempt, "1\n"); !counted || err != nil {
		t.Errorf("report in order: %t, %v", counted, err)
	}
}

// What was acknowledged is there after a restart, and what was under way goes on.
func TestRestartLosesNothing(t *testing.T) {
	g := newGrid(t)
	n := g.join()
	id := g.submit(g.admin, 3, nil)
	orders, err := n.lease(t.Context(), 2)
	must(t, err)
	_, err = n.succeed(t.Context(), orders[0].Attempt, "1\n")
	must(t, err)
	must(t, g.stop())
	g.start()
	job, err := g.admin.Job(t.Context(), id)
	must(t, err)
	if c := job.Counts; c.Succeeded != 1 || c.Running != 1 || c.Waiting != 1 {
		t.Errorf("counts %+v after the restart", c)
	}
	res, err := n.Heartbeat(t.Context(), connect.NewRequest(&fallowv1.HeartbeatRequest{Running: []*fallowv1.AttemptID{orders[1].Attempt}}))
	if err != nil || len(res.Msg.Stop) > 0 {
		t.Errorf("heartbeat says to stop %v, %v", res, err)
	}
	rest, err := n.lease(t.Context(), 8)
	must(t, err)
	for i, o := range append(rest, orders[1]) {
		counted, err := n.succeed(t.Context(), o.Attempt, o.Argv[1]+"\n")
		if !counted || err != nil {
			t.Errorf("report %d: %t, %v", i, counted, err)
		}
	}
	if got := g.result(g.ended(id)); got != "1\n2\n3\n" {
		t.Errorf("result %q", got)
	}
}

// A server that was killed between the last outcome and the result goes on there.
func TestCollectingGoesOnAfterARestart(t *testing.T) {
	g := newGrid(t)
	n := g.join()
	id := g.submit(g.admin, 1, nil)
	orders, err := n.lease(t.Context(), 1)
	must(t, err)
	_, err = n.succeed(t.Context(), orders[0].Attempt, "1\n")
	must(t, err)
	first := g.ended(id)
	second := g.submit(g.admin, 1, nil)
	_, err = n.lease(t.Context(), 1)
	must(t, err)
	ref := g.upload(g.admin, "kept\n")
	ref.Path = "out"
	g.offline(func(tx store.Tx) error { // what the last report does, without what comes after
		sub := fallow.SubjobID{Job: second, Index: 0}
		o := fallow.Outcome{Kind: fallow.Succeeded, Wall: time.Minute, Results: []fallow.FileRef{ref}}
		if err := tx.EndAttempt(fallow.AttemptID{Subjob: sub, Number: 1}, o, time.Now()); err != nil {
			return err
		}
		if err := tx.SetSubjob(store.Subjob{ID: sub, State: store.SubjobSucceeded, Results: o.Results}, time.Now()); err != nil {
			return err
		}
		return tx.SetJobState(second, fallow.JobCollecting, "", time.Now())
	})
	if got := g.result(g.ended(second)); got != "kept\n" {
		t.Errorf("result %q", got)
	}
	if again := g.ended(id); !again.Finished.Equal(first.Finished) {
		t.Errorf("a finished job was finished again, at %s after %s", again.Finished, first.Finished)
	}
}

// A job whose orders cannot be made is held with the reason; other jobs' attempts in
// the same answer reach the node.
func TestOrderThatCannotBeMadeHoldsItsJobOnly(t *testing.T) {
	g := newGrid(t)
	n := g.join()
	bad := g.submit(g.admin, 1, func(s *fallow.JobSpec) { s.Command = []string{"tset"}; s.Priority = 1 })
	good := g.submit(g.admin, 1, nil)
	orders, err := n.lease(t.Context(), 8)
	must(t, err)
	if len(orders) != 1 || orders[0].Attempt.Job != int64(good) {
		t.Errorf("orders %v, want the good job's", orders)
	}
	job, err := g.admin.Job(t.Context(), bad)
	must(t, err)
	if job.State != fallow.JobHeld || !strings.Contains(job.Reason, "tset") {
		t.Errorf("the bad job is %s: %q", job.State, job.Reason)
	}
	must(t, g.admin.Release(t.Context(), bad))
	must(t, g.admin.Cancel(t.Context(), bad))
}

func TestWaitingAskEndsWithItsCaller(t *testing.T) {
	g := newGrid(t)
	n, other := g.join(), g.join()
	ctx, leave := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := n.Lease(ctx, connect.NewRequest(&fallowv1.LeaseRequest{
			Free: &fallowv1.Resources{Cores: 8, Memory: int64(fallow.TiB), Disk: int64(fallow.TiB)}, Max: 8, Wait: int64(time.Hour),
		}))
		if err == nil {
			t.Error("a call that was given up was answered")
		}
	})
	leave()
	wg.Wait()
	id := g.submit(g.admin, 4, nil)
	leased := map[int64]bool{}
	for deadline := time.Now().Add(30 * time.Second); len(leased) < 4 && time.Now().Before(deadline); {
		orders, err := other.lease(t.Context(), 8)
		must(t, err)
		for _, o := range orders {
			leased[o.Attempt.Index] = true
		}
	}
	if len(leased) != 4 {
		t.Errorf("%d of the 4 subjobs of job %s reached a node that is there", len(leased), id)
	}
}

func TestBadSubmitsAreRefused(t *testing.T) {
	g := newGrid(t)
	_, err := g.admin.Submit(t.Context(), fallow.JobSpec{Name: "x"})
	wantCode(t, "a job without a command", err, fallow.CodeInvalid, "command")
	_, err = g.admin.RegisterBundle(t.Context(), []byte("{}"))
	wantCode(t, "a manifest that is none", err, fallow.CodeInvalid, "")
	_, err = g.admin.Submit(t.Context(), fallow.JobSpec{
		Name: "x", Command: []string{"test"}, Bundle: fallow.Digest{1}, Split: fallow.Split{Slices: &fallow.SliceSplit{
			Kind: split.KindLines, Index: fallow.FileRef{Digest: fallow.Digest{2}, Size: 1000}, Count: 1,
		}},
	})
	wantCode(t, "a job of a bundle that nobody registered", err, fallow.CodeNotFound, "bundle")
}

func TestExplainSaysWhyNothingRuns(t *testing.T) {
	g := newGrid(t)
	g.join()
	id := g.submit(g.admin, 2, func(s *fallow.JobSpec) { s.Needs.Memory = 100 * fallow.GiB })
	job, err := g.admin.ExplainJob(t.Context(), id)
	must(t, err)
	if text := strings.Join(job.Details, "\n"); !strings.Contains(job.Summary, "2 wait") || !strings.Contains(text, "memory") {
		t.Errorf("explained as %q: %s", job.Summary, text)
	}
	sub, err := g.admin.ExplainSubjob(t.Context(), fallow.SubjobID{Job: id, Index: 1})
	must(t, err)
	if !strings.Contains(sub.Summary, "not been leased") {
		t.Errorf("explained as %q", sub.Summary)
	}
	_, err = g.admin.ExplainSubjob(t.Context(), fallow.SubjobID{Job: id, Index: 2})
	wantCode(t, "a subjob that is none", err, fallow.CodeNotFound, "no subjob 2")
}
