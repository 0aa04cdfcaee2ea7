package life_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fallow"
)

var concat = fallow.Collect{Concat: &fallow.CollectConcat{File: "out", Into: "all"}}

func TestResultsBecomeOne(t *testing.T) {
	g := newGrid(t)
	id := g.ended(concat, "one\n", "two\n", "three\n")
	g.collecting(func() {
		job := g.collected(id)
		if job.State != fallow.JobSucceeded || len(job.Results) != 1 || job.Results[0].Path != "all" {
			t.Fatalf("job is %s (%s) with %v", job.State, job.Reason, job.Results)
		}
		if got := content(t, g.files, job.Results[0].Digest); got != "one\ntwo\nthree\n" {
			t.Errorf("result %q", got)
		}
	})
	g.leavesNothing()
}

// leavesNothing looks for temporary folders.
func (g *grid) leavesNothing() {
	g.t.Helper()
	entries, err := os.ReadDir(g.dir)
	must(g.t, err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "collect-") {
			g.t.Errorf("the collector left %s", e.Name())
		}
	}
}

// What one job's subjobs made wrong is that job's end, and no other's.
func TestBadResultFailsItsJobAndNoOther(t *testing.T) {
	g := newGrid(t)
	missing := g.ended(fallow.Collect{Concat: &fallow.CollectConcat{File: "hits.tbl", Into: "all"}}, "one\n", "two\n")
	words := g.ended(fallow.Collect{Stats: &fallow.CollectStats{File: "out", Into: "stats", Column: 1, Separator: "tab"}}, "1\n", "many\n")
	failed := g.ended(concat, "one\n", "")
	gone := g.ended(concat, "to be deleted\n")
	must(t, g.files.Delete(t.Context(), fallow.DigestOf([]byte("to be deleted\n"))))
	good := g.ended(concat, "one\n")
	kept := g.ended(fallow.Collect{}, "one\n")
	g.collecting(func() {
		for _, test := range []struct {
			id     fallow.JobID
			state  fallow.JobState
			reason []string
		}{
			{missing, fallow.JobFailed, []string{"subjob 0", "hits.tbl"}},
			{words, fallow.JobFailed, []string{"subjob 1", "many"}},
			{failed, fallow.JobFailed, []string{"1 failed of 2 subjobs"}},
			{gone, fallow.JobFailed, []string{"subjob 0"}},
			{good, fallow.JobSucceeded, nil},
			{kept, fallow.JobSucceeded, nil},
		} {
			job := g.collected(test.id)
			if job.State != test.state {
				t.Errorf("job %s is %s (%s), want %s", test.id, job.State, job.Reason, test.state)
			}
			for _, words := range test.reason {
				if !strings.Contains(job.Reason, words) {
					t.Errorf("job %s failed with %q, which does not name %q", test.id, job.Reason, words)
				}
			}
		}
	})
	g.leavesNothing()
}

// A machine that cannot collect now holds up one job, tells its owner, and tries
// again.
func TestPassingFailureIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrid(t)
		g.collector.Temp = g.dir + "/not-there-yet"
		id := g.ended(concat, "one\n")
		kept := g.ended(fallow.Collect{}, "needs no folder\n")
		g.collecting(func() {
			time.Sleep(time.Second)
			synctest.Wait()
			if job := g.job(id); job.State != fallow.JobCollecting || !strings.Contains(job.Reason, "tried again") {
				t.Errorf("job is %s: %q", job.State, job.Reason)
			}
			if job := g.job(kept); job.State != fallow.JobSucceeded {
				t.Errorf("the job behind it is %s", job.State)
			}
			must(t, os.Mkdir(g.collector.Temp, 0o700))
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if job := g.job(id); job.State != fallow.JobSucceeded || job.Reason != "" {
				t.Errorf("job is %s: %q, want succeeded", job.State, job.Reason)
			}
		})
	})
}

func TestFailureThatDoesNotPassFailsTheJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrid(t)
		g.collector.Temp = g.dir + "/never-there"
		id := g.ended(concat, "one\n")
		g.collecting(func() {
			time.Sleep(24 * time.Hour)
			synctest.Wait()
			if job := g.job(id); job.State != fallow.JobFailed || !strings.Contains(job.Reason, "never-there") {
				t.Errorf("job is %s: %q", job.State, job.Reason)
			}
		})
	})
}

// A job cancelled while it is collected stays cancelled, and the collector goes on.
func TestCancelledJobIsNotFinished(t *testing.T) {
	g := newGrid(t)
	g.collector.Store = cancelling{g.store, g}
	id := g.ended(concat, "one\n")
	next := g.ended(concat, "two\n")
	g.collecting(func() {
		if s := g.collected(next).State; s != fallow.JobSucceeded {
			t.Errorf("the next job is %s", s)
		}
	})
	if s := g.job(id).State; s != fallow.JobCancelled {
		t.Errorf("job is %s, want cancelled", s)
	}
}

func TestJobIsCollectedOnce(t *testing.T) {
	g := newGrid(t)
	id := g.ended(concat, "one\n")
	g.collecting(func() { g.collected(id) })
	first := g.job(id)
	next := g.ended(concat, "two\n")
	g.collecting(func() { g.collected(next) })
	if again := g.job(id); !again.Finished.Equal(first.Finished) || len(again.Results) != 1 {
		t.Errorf("job was finished at %s and again at %s", first.Finished, again.Finished)
	}
}

// More subjobs than a page of them.
func TestResultsOfManySubjobsComeInOrder(t *testing.T) {
	g := newGrid(t)
	outs := make([]string, 250)
	for i := range outs {
		outs[i] = string(rune('a'+i%26)) + "\n"
	}
	id := g.ended(concat, outs...)
	g.collecting(func() {
		if got := content(t, g.files, g.collected(id).Results[0].Digest); got != strings.Join(outs, "") {
			t.Errorf("result %q", got)
		}
	})
}
