package dispatch_test

import (
	"strings"
	"testing"
	"time"

	"fallow"
	"fallow/internal/store"
)

func TestJobIsLeasedReportedAndCollected(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(2)
		job := g.submit(4, nil)
		first, second := g.lease(nodes[0], 2), g.lease(nodes[1], 8)
		if len(first) != 2 || len(second) != 2 {
			t.Fatalf("leased %v and %v, want two each", first, second)
		}
		for _, id := range first {
			g.report(nodes[0], id, fallow.Succeeded)
		}
		if s := g.job(job).State; s != fallow.JobRunning {
			t.Errorf("job is %s while two subjobs run", s)
		}
		for _, id := range second {
			g.report(nodes[1], id, fallow.Succeeded)
		}
		if j := g.job(job); j.State != fallow.JobCollecting || j.Counts.Succeeded != 4 {
			t.Errorf("job is %s with %+v", j.State, j.Counts)
		}
		select {
		case <-g.Finished():
		default:
			t.Error("nobody was told that a job waits to be collected")
		}
	})
}

func TestOutcomeCountsOnce(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(2)
		job := g.submit(2, nil)
		id := g.lease1(nodes[0])
		if g.report(nodes[1], id, fallow.Succeeded) {
			t.Error("a report by another node counted")
		}
		if !g.report(nodes[0], id, fallow.Succeeded) || g.report(nodes[0], id, fallow.Succeeded) || g.report(nodes[0], id, fallow.Failed) {
			t.Error("want the first report to count, and only that")
		}
		if c := g.job(job).Counts; c.Succeeded != 1 || c.Waiting != 1 {
			t.Errorf("counts %+v", c)
		}
		never := fallow.AttemptID{Subjob: fallow.SubjobID{Job: job, Index: 1}, Number: 7}
		if g.report(nodes[0], never, fallow.Succeeded) {
			t.Error("an attempt that never was counted")
		}
	})
}

// loseAttempt leases an attempt to a node whose agent then restarts.
func loseAttempt(g *grid, node fallow.NodeID) fallow.AttemptID {
	g.t.Helper()
	id := g.lease1(node)
	g.restart(node)
	if k := g.attempt(id).Outcome.Kind; k != fallow.Lost {
		g.t.Fatalf("attempt ended as %q, want lost", k)
	}
	return id
}

func TestLateSuccessCountsWhileTheSubjobWaits(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		node := g.nodes(1)[0]
		job := g.submit(1, nil)
		id := loseAttempt(g, node)
		if g.report(node, id, fallow.Failed) {
			t.Error("a late failure counted")
		}
		if !g.report(node, id, fallow.Succeeded) {
			t.Error("a late success did not count")
		}
		if j := g.job(job); j.State != fallow.JobCollecting || j.Counts.Succeeded != 1 {
			t.Errorf("job is %s with %+v", j.State, j.Counts)
		}
	})
}

func TestLateSuccessEndsTheOtherAttempt(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(2)
		job := g.submit(1, nil)
		late := loseAttempt(g, nodes[0])
		pass(5 * time.Second)
		other := g.lease1(nodes[1])
		if other.Number != 2 {
			t.Fatalf("leased %s, want a second attempt", other)
		}
		if !g.report(nodes[0], late, fallow.Succeeded) {
			t.Error("a late success did not count")
		}
		if !g.stopped(nodes[1], other) || g.attempt(other).Outcome.Kind != fallow.Cancelled {
			t.Errorf("the other attempt was not ended: %+v", g.attempt(other))
		}
		if g.report(nodes[1], other, fallow.Succeeded) {
			t.Error("the subjob succeeded twice")
		}
		if c := g.job(job).Counts; c.Succeeded != 1 || c.Running != 0 || c.Waiting != 0 {
			t.Errorf("counts %+v", c)
		}
	})
}

func TestLateSuccessThatWasTooShortChangesNothing(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(2)
		g.submit(1, func(s *fallow.JobSpec) { s.Needs.MinTime = time.Hour })
		late := loseAttempt(g, nodes[0])
		pass(5 * time.Second)
		other := g.lease1(nodes[1])
		if g.report(nodes[0], late, fallow.Succeeded) {
			t.Error("a late outcome that is no success counted")
		}
		if s := g.subjob(other.Subjob).State; s != store.SubjobRunning {
			t.Errorf("the subjob is %s although an attempt runs", s)
		}
	})
}

func TestJobThatFailsEverywhereIsHeldUntilReleased(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(3)
		job := g.submit(20, nil)
		for _, node := range nodes {
			g.report(node, g.lease1(node), fallow.Failed)
		}
		j := g.job(job)
		if j.State != fallow.JobHeld || !strings.Contains(j.Reason, "the test said so") {
			t.Fatalf("job is %s: %q", j.State, j.Reason)
		}
		if got := g.lease(nodes[0], 8); len(got) > 0 {
			t.Errorf("a held job was leased: %v", got)
		}
		must(t, g.Release(t.Context(), job, "ada"))
		if fallow.CodeOf(g.Release(t.Context(), job, "ada")) != fallow.CodeConflict {
			t.Error("a running job was released")
		}
		j = g.job(job)
		if j.State != fallow.JobRunning || len(j.FailedNodes)+len(j.FailedSubjobs) > 0 {
			t.Errorf("released job is %s with evidence %v %v", j.State, j.FailedNodes, j.FailedSubjobs)
		}
		g.lease1(nodes[0])
	})
}

// A job is held because its first subjobs fail while the last still run: when these
// end there is nothing left to hold.
func TestHeldJobEndsWithItsLastSubjob(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(4)
		job := g.submit(4, func(s *fallow.JobSpec) { s.Retries = 0 })
		last := g.lease1(nodes[3])
		for _, node := range nodes[:3] {
			g.report(node, g.lease1(node), fallow.Failed)
		}
		if s := g.job(job).State; s != fallow.JobHeld {
			t.Fatalf("job is %s, want held", s)
		}
		g.report(nodes[3], last, fallow.Succeeded)
		if j := g.job(job); j.State != fallow.JobCollecting || j.Counts.Failed != 3 {
			t.Errorf("job is %s with %+v", j.State, j.Counts)
		}
	})
}

func TestCancelEndsWhatRunsAndWhatWaits(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		node := g.nodes(1)[0]
		job := g.submit(1000, nil)
		running := g.lease(node, 3)
		must(t, g.Cancel(t.Context(), job, "ada"))
		for _, id := range running {
			if !g.stopped(node, id) {
				t.Errorf("node was not told to end %s", id)
			}
			if g.report(node, id, fallow.Succeeded) {
				t.Errorf("%s counted after the job was cancelled", id)
			}
		}
		if pulse := g.beat(node, running...); len(pulse.Stop) != 3 {
			t.Errorf("heartbeat says to end %v, want all three", pulse.Stop)
		}
		j := g.job(job)
		if j.State != fallow.JobCancelled || j.Counts.Cancelled != 1000 || !strings.Contains(j.Reason, "ada") {
			t.Errorf("job is %s (%s) with %+v", j.State, j.Reason, j.Counts)
		}
		if len(g.lease(node, 8)) > 0 {
			t.Error("a cancelled job was leased")
		}
		if fallow.CodeOf(g.Cancel(t.Context(), job, "ada")) != fallow.CodeConflict {
			t.Error("a job was cancelled twice")
		}
	})
}

// A job that works once and then ends quickly on every node does not cost the grid
// its nodes.
func TestJobThatEndsQuicklyEverywhereLeavesNodesActive(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(3)
		job := g.submit(60, func(s *fallow.JobSpec) { s.Retries = 0 })
		g.report(nodes[0], g.lease1(nodes[0]), fallow.Succeeded)
		for range 4 {
			for _, node := range nodes {
				g.reportEnd(node, g.lease1(node), fallow.Outcome{Kind: fallow.Failed, ExitCode: 7})
			}
		}
		for _, id := range nodes {
			node := view(g, func(r store.Reader) (fallow.Node, error) { return r.Node(id) })
			if node.State != fallow.NodeActive || len(node.Quarantine.Quick) > 1 {
				t.Errorf("node %s is %s: %s, with %v", id, node.State, node.Reason, node.Quarantine.Quick)
			}
		}
		if failed := g.job(job).Counts.Failed; failed != 12 {
			t.Errorf("%d subjobs failed by their own rules, want 12", failed)
		}
	})
}

func TestBlackHoleIsQuarantinedAndComesBack(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(2)
		g.submit(1, nil)
		g.report(nodes[1], g.lease1(nodes[1]), fallow.Succeeded)
		g.submit(20, nil)
		g.report(nodes[1], g.lease1(nodes[1]), fallow.Succeeded)
		for range 3 {
			id := g.lease1(nodes[0])
			g.reportQuick(nodes[0], id)
		}
		node := view(g, func(r store.Reader) (fallow.Node, error) { return r.Node(nodes[0]) })
		if node.State != fallow.NodeQuarantined || node.Reason == "" {
			t.Fatalf("node is %s: %q", node.State, node.Reason)
		}
		if len(g.lease(nodes[0], 1)) > 0 {
			t.Error("a node in quarantine was leased work")
		}
		pass(time.Minute)
		g.report(nodes[0], g.lease1(nodes[0]), fallow.Succeeded)
		node = view(g, func(r store.Reader) (fallow.Node, error) { return r.Node(nodes[0]) })
		if node.State != fallow.NodeActive {
			t.Errorf("node is %s after a success, want active", node.State)
		}
	})
}
