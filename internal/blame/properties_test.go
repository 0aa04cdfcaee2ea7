package blame_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fallow"
	"fallow/internal/blame"
)

var nodes = []fallow.NodeID{"a", "b", "c", "d"}

// drawCase draws what an attempt may meet; a long walk through its verdicts is the
// life of a subjob on a changing grid.
func drawCase(t *rapid.T, kinds []fallow.OutcomeKind) blame.Case {
	c := blame.Case{
		Now:     now,
		Attempt: fallow.AttemptID{Subjob: subjob(rapid.Int64Range(0, 4).Draw(t, "subjob")), Number: 1},
		Retries: rapid.IntRange(0, fallow.MaxRetries).Draw(t, "retries"),
		Needs:   fallow.Needs{MinTime: time.Duration(rapid.IntRange(0, 20).Draw(t, "min time")) * time.Second},
		Job:     blame.JobRecord{Total: 5, Succeeded: rapid.Int64Range(0, 1).Draw(t, "succeeded")},
	}
	drawEnd(t, &c, kinds)
	return c
}

func drawEnd(t *rapid.T, c *blame.Case, kinds []fallow.OutcomeKind) {
	c.ActiveNodes = rapid.IntRange(0, 6).Draw(t, "active")
	c.Node = rapid.SampledFrom(nodes).Draw(t, "node")
	c.Outcome = fallow.Outcome{
		Kind: rapid.SampledFrom(kinds).Draw(t, "kind"),
		Wall: time.Duration(rapid.IntRange(0, 30).Draw(t, "wall")) * time.Second,
	}
}

// without lists the outcomes but for some.
func without(kinds ...fallow.OutcomeKind) []fallow.OutcomeKind {
	return slices.DeleteFunc(slices.Clone(fallow.OutcomeKinds), func(k fallow.OutcomeKind) bool { return slices.Contains(kinds, k) })
}

// live judges outcome after outcome until the subjob is done or has failed, and
// tells how many attempts that took.
func live(t *rapid.T, c blame.Case, next func() (node fallow.NodeID, o fallow.Outcome), most int) int {
	for n := 1; ; n++ {
		v := blame.Judge(c)
		if v.Subjob.Next != blame.Retry {
			return n
		}
		if n == most {
			t.Fatalf("still tried after %d attempts: %v", n, c.Earlier)
		}
		if !v.Subjob.NotBefore.After(c.Now) {
			t.Fatalf("attempt %d may follow at once", n+1)
		}
		c.Earlier = append(c.Earlier, blame.Earlier{Node: c.Node, Kind: v.Outcome.Kind})
		c.Attempt.Number++
		c.Now = v.Subjob.NotBefore
		c.Node, c.Outcome = next()
	}
}

// TestFailuresEnd: what a program does by itself ends within few attempts, however
// many the job allows and however few nodes there are.
func TestFailuresEnd(t *testing.T) {
	kinds := without(fallow.Evicted, fallow.Lost, fallow.Cancelled, fallow.NotStarted, fallow.Tampered)
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t, kinds)
		most := c.Retries + 10
		live(t, c, func() (fallow.NodeID, fallow.Outcome) {
			drawEnd(t, &c, kinds)
			return c.Node, c.Outcome
		}, most)
	})
}

// TestEverythingEnds: with the same outcomes over and over, whatever they are.
func TestEverythingEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t, fallow.OutcomeKinds)
		turn := 0
		ends := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) blame.Case {
			return drawCase(t, fallow.OutcomeKinds)
		}), 1, 5).Draw(t, "ends")
		live(t, c, func() (fallow.NodeID, fallow.Outcome) {
			turn++
			e := ends[turn%len(ends)]
			return e.Node, e.Outcome
		}, fallow.MaxAttempts)
	})
}

// TestVerdictsKeepTheirPromises walks through the outcomes of many subjobs of one
// job on one node after another.
func TestVerdictsKeepTheirPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := map[fallow.NodeID]fallow.Quarantine{}
		var job blame.JobRecord
		clock := now
		for range rapid.IntRange(1, 30).Draw(t, "outcomes") {
			c := drawCase(t, fallow.OutcomeKinds)
			c.Now, c.Record = clock, records[c.Node]
			c.Job.FailedNodes, c.Job.FailedSubjobs, c.Job.Failed, c.Job.Recent = job.FailedNodes, job.FailedSubjobs, job.Failed, job.Recent
			before := copyOf(c)
			v := blame.Judge(c)
			if diff := cmp.Diff(before, c); diff != "" {
				t.Fatalf("the case was changed:\n%s", diff)
			}
			if diff := cmp.Diff(v, blame.Judge(c)); diff != "" {
				t.Fatalf("a second verdict differs:\n%s", diff)
			}
			checkRecord(t, c, v)
			checkJob(t, v)
			records[c.Node] = v.Node.Record
			job.FailedNodes, job.FailedSubjobs, job.Recent = v.Job.FailedNodes, v.Job.FailedSubjobs, v.Job.Recent
			if v.Subjob.Next == blame.Fail {
				job.Failed++
			}
			clock = clock.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "pause")) * time.Second)
		}
	})
}

// copyOf copies all that a verdict could change by mistake, with the spare room of
// its slices.
func copyOf(c blame.Case) blame.Case {
	c.Record.Quick = slices.Clone(c.Record.Quick)
	c.Job.FailedNodes = slices.Clone(c.Job.FailedNodes)
	c.Job.FailedSubjobs = slices.Clone(c.Job.FailedSubjobs)
	c.Job.Recent = slices.Clone(c.Job.Recent)
	return c
}

func checkRecord(t *rapid.T, c blame.Case, v blame.Verdict) {
	r := v.Node.Record
	if len(r.Quick) > 3 || len(slices.Compact(slices.Clone(r.Quick))) != len(r.Quick) {
		t.Errorf("a streak of %v", r.Quick)
	}
	if r.Backoff < 0 || r.Backoff > time.Hour {
		t.Errorf("a back-off of %s", r.Backoff)
	}
	if v.Node.Quarantine && (len(r.Quick) < 3 || !r.Until.Equal(c.Now.Add(r.Backoff)) || r.Backoff < 10*time.Second) {
		t.Errorf("quarantined with %+v", r)
	}
	if v.Node.Quarantine && v.Job.Hold {
		t.Error("job and node are punished for the same")
	}
	if !v.Node.Quarantine && r.Until.After(c.Record.Until) {
		t.Errorf("Until moved from %v to %v without a quarantine", c.Record.Until, r.Until)
	}
}

func checkJob(t *rapid.T, v blame.Verdict) {
	if len(v.Job.FailedNodes) > 3 || len(v.Job.FailedSubjobs) > 3 || len(v.Job.Recent) > 8 {
		t.Errorf("evidence grows: %+v", v.Job)
	}
	if v.Job.Hold && v.Subjob.Next == blame.Done {
		t.Error("a job is held for a success")
	}
}
