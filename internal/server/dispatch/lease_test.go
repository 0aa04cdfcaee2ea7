package dispatch_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fallow"
	"fallow/internal/server/dispatch"
	"fallow/internal/store"
)

// longWait is longer than anything takes here.
const longWait = 24 * time.Hour

// await asks in the background and waits until something is there.
func (g *grid) await(wg *sync.WaitGroup, node fallow.NodeID, got *atomic.Int64) {
	wg.Go(func() {
		grants, err := g.Lease(g.t.Context(), node, room, 1, longWait)
		if err != nil {
			g.t.Errorf("node %s: %v", node, err)
		}
		got.Add(int64(len(grants)))
	})
}

func TestWaitingAskIsServedAtOnceBySubmit(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		var wg sync.WaitGroup
		var got atomic.Int64
		g.await(&wg, g.nodes(1)[0], &got)
		synctest.Wait()
		began := time.Now()
		g.submit(1, nil)
		wg.Wait()
		if got.Load() != 1 || time.Since(began) > 0 {
			t.Errorf("%d attempts after %s, want 1 at once", got.Load(), time.Since(began))
		}
	})
}

func TestWaitingAskIsServedByRetry(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(2)
		g.submit(1, nil)
		id := g.lease1(nodes[0])
		g.watched(func() {
			var wg sync.WaitGroup
			var got atomic.Int64
			g.await(&wg, nodes[1], &got)
			synctest.Wait()
			began := time.Now()
			g.report(nodes[0], id, fallow.Failed)
			wg.Wait()
			if got.Load() != 1 || time.Since(began) > 5*time.Second {
				t.Errorf("%d attempts after %s, want 1 within the back-off", got.Load(), time.Since(began))
			}
		})
	})
}

// As many subjobs as nodes wait, and nothing but wake-ups moves them on.
func TestNoWaitingAskIsStarved(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(100)
		var wg sync.WaitGroup
		var got atomic.Int64
		for _, node := range nodes {
			g.await(&wg, node, &got)
		}
		synctest.Wait()
		began := time.Now()
		g.submit(int64(len(nodes)), nil)
		wg.Wait()
		if got.Load() != int64(len(nodes)) || time.Since(began) > 0 {
			t.Errorf("%d attempts after %s, want %d at once", got.Load(), time.Since(began), len(nodes))
		}
	})
}

// The nodes that are woken first cannot do the work; the watch goes on through the
// queue until it finds the one that can.
func TestTheOneNodeThatCanIsFound(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(50)
		able := nodes[len(nodes)-1]
		g.update(func(tx store.Tx) error { return tx.SetLabels(able, map[string]string{"gpu": "yes"}) })
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, node := range nodes[:len(nodes)-1] {
			wg.Go(func() {
				if grants, _ := g.Lease(ctx, node, room, 1, longWait); len(grants) > 0 {
					t.Errorf("node %s, which lacks the label, was leased %v", node, grants)
				}
			})
		}
		synctest.Wait()
		g.watched(func() {
			var found sync.WaitGroup
			var got atomic.Int64
			g.await(&found, able, &got)
			synctest.Wait()
			began := time.Now()
			g.submit(1, func(s *fallow.JobSpec) { s.Needs.Labels = map[string]string{"gpu": "yes"} })
			found.Wait()
			if got.Load() != 1 || time.Since(began) > 10*time.Second {
				t.Errorf("%d attempts after %s", got.Load(), time.Since(began))
			}
		})
		stop()
		wg.Wait()
	})
}

func TestAskWithoutWorkEndsInTime(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		began := time.Now()
		grants, err := g.Lease(t.Context(), g.nodes(1)[0], room, 1, 25*time.Second)
		if len(grants) > 0 || err != nil || time.Since(began) != 25*time.Second {
			t.Errorf("%v, %v after %s", grants, err, time.Since(began))
		}
	})
}

// Who asked is gone when the lease is made: it does not wait for its time to run out.
func TestLeaseThatNobodyTakesIsGivenBack(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(2)
		job := g.submit(1, func(s *fallow.JobSpec) { s.Retries = 0 })
		ctx, leave := context.WithCancel(t.Context())
		g.onManifest = leave
		grants, err := g.Lease(ctx, nodes[0], room, 8, longWait)
		if len(grants) > 0 || !errors.Is(err, context.Canceled) {
			t.Fatalf("lease for nobody: %v, %v", grants, err)
		}
		if c := g.job(job).Counts; c.Waiting != 1 || c.Running != 0 {
			t.Fatalf("counts %+v, want the subjob waiting", c)
		}
		again := g.lease1(nodes[0])
		if again.Number != 2 || g.attempt(fallow.AttemptID{Subjob: again.Subjob, Number: 1}).Outcome.Kind != fallow.Cancelled {
			t.Errorf("leased %s after the first was given back", again)
		}
		if !g.report(nodes[0], again, fallow.Succeeded) {
			t.Error("its success did not count")
		}
	})
}

func TestGivenBackAttemptOfACancelledJobStaysCancelled(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		node := g.nodes(1)[0]
		job := g.submit(1, nil)
		id := g.lease1(node)
		must(t, g.Cancel(t.Context(), job, "ada"))
		must(t, g.GiveBack(t.Context(), []dispatch.Grant{{Attempt: id}}, "nobody there"))
		must(t, g.Withdraw(t.Context(), id, errors.New("no such program")))
		if j := g.job(job); j.State != fallow.JobCancelled || j.Counts.Cancelled != 1 {
			t.Errorf("job is %s with %+v", j.State, j.Counts)
		}
	})
}

func TestOrderThatCannotBeMadeHoldsTheJob(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		node := g.nodes(1)[0]
		job := g.submit(2, nil)
		id := g.lease1(node)
		must(t, g.Withdraw(t.Context(), id, errors.New("no program \"hmmsaerch\"")))
		j := g.job(job)
		if j.State != fallow.JobHeld || !strings.Contains(j.Reason, "hmmsaerch") || j.Counts.Waiting != 2 {
			t.Errorf("job is %s (%s) with %+v", j.State, j.Reason, j.Counts)
		}
	})
}

func TestJobWithoutItsBundleDoesNotStopOthers(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		node := g.nodes(1)[0]
		broken := g.submit(1, func(s *fallow.JobSpec) { s.Bundle = fallow.DigestOf([]byte("gone")); s.Priority = 9 })
		good := g.submit(1, nil)
		if id := g.lease1(node); id.Subjob.Job != good {
			t.Errorf("leased %s, want the job whose bundle is there", id)
		}
		if j := g.job(broken); j.State != fallow.JobHeld || !strings.Contains(j.Reason, "bundle") {
			t.Errorf("the other job is %s: %q", j.State, j.Reason)
		}
	})
}

// Requests of a node that is not known share their transaction with others, and
// their error with nobody.
func TestErrorInABatchIsItsOwnRequests(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(6)
		g.submit(100, nil)
		hold, entered := make(chan struct{}), make(chan struct{})
		g.onManifest = func() { close(entered); <-hold }
		var wg sync.WaitGroup
		wg.Go(func() { g.lease1(nodes[0]) })
		<-entered // the first round is under way: what comes now is the next
		for _, node := range nodes[1:] {
			wg.Go(func() { g.lease1(node) })
			wg.Go(func() {
				if _, err := g.Lease(t.Context(), "stranger", room, 1, 0); fallow.CodeOf(err) != fallow.CodeNotFound {
					t.Errorf("lease of a stranger: %v, want not-found", err)
				}
			})
		}
		close(hold)
		wg.Wait()
		for _, node := range append(nodes, "stranger") {
			wg.Go(func() {
				_, err := g.Heartbeat(t.Context(), dispatch.Heartbeat{Node: node})
				if (err != nil) != (node == "stranger") {
					t.Errorf("heartbeat of %s: %v", node, err)
				}
			})
		}
		wg.Wait()
	})
}

func TestBannedOrDrainingNodeGetsNothing(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(2)
		var wg sync.WaitGroup
		for _, node := range nodes {
			wg.Go(func() {
				if grants, err := g.Lease(t.Context(), node, room, 1, time.Minute); len(grants) > 0 || err != nil {
					t.Errorf("node %s was leased %v, %v", node, grants, err)
				}
			})
		}
		synctest.Wait()
		g.update(func(tx store.Tx) error {
			return errors.Join(tx.SetNodeState(nodes[0], fallow.NodeBanned, "test"), tx.SetNodeState(nodes[1], fallow.NodeDraining, "test"))
		})
		g.submit(10, nil)
		wg.Wait()
	})
}

// More jobs than one page holds, none of which any node can run, do not keep the
// job behind them waiting.
func TestJobsThatNobodyCanRunAreLookedPast(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		node := g.nodes(1)[0]
		for range 150 {
			g.submit(1, func(s *fallow.JobSpec) { s.Needs.Memory = 1 << 50 })
		}
		able := g.submit(1, nil)
		if id := g.lease1(node); id.Subjob.Job != able {
			t.Errorf("leased %s, want a subjob of job %s", id, able)
		}
	})
}
