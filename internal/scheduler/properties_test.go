package scheduler_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fallow"
	"fallow/internal/scheduler"
)

var (
	states = []fallow.NodeState{fallow.NodeActive, fallow.NodeActive, fallow.NodeActive,
		fallow.NodeDraining, fallow.NodeQuarantined, fallow.NodeBanned}
	archs = []string{"amd64", "arm64"}
)

func drawAsk(t *rapid.T, i int) scheduler.Ask {
	n := node(fmt.Sprintf("node%d", i))
	n.State = rapid.SampledFrom(states).Draw(t, "state")
	n.Quarantine.Until = now.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "until")) * time.Minute)
	n.Inventory.Arch = rapid.SampledFrom(archs).Draw(t, "arch")
	free := fallow.Resources{
		Cores:  rapid.IntRange(0, 8).Draw(t, "cores"),
		Memory: fallow.Size(rapid.IntRange(0, 8).Draw(t, "memory")) * fallow.GiB,
		Disk:   fallow.Size(rapid.IntRange(0, 8).Draw(t, "disk")) * fallow.GiB,
	}
	return scheduler.Ask{Node: n, Free: free, Max: rapid.IntRange(0, 6).Draw(t, "max")}
}

func drawJob(t *rapid.T, id fallow.JobID) scheduler.Job {
	j := scheduler.Job{
		ID:   id,
		Arch: rapid.SampledFrom([]string{"", "amd64", "arm64"}).Draw(t, "job arch"),
		Needs: fallow.Needs{
			Cores:  rapid.IntRange(0, 3).Draw(t, "needs cores"),
			Memory: fallow.Size(rapid.IntRange(0, 3).Draw(t, "needs memory")) * fallow.GiB,
		},
		Next: rapid.Int64Range(0, 20).Draw(t, "next"),
	}
	j.Total = j.Next + rapid.Int64Range(0, 10).Draw(t, "fresh")
	for index := range j.Next {
		if !rapid.Bool().Draw(t, "waits") {
			continue
		}
		w := scheduler.Waiting{Index: index, Attempts: rapid.IntRange(1, 4).Draw(t, "attempts")}
		w.Since = now.Add(-time.Duration(rapid.IntRange(0, 4).Draw(t, "since")) * time.Minute)
		for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, 7), 0, 3, rapid.ID[int]).Draw(t, "avoid") {
			w.Avoid = append(w.Avoid, fallow.NodeID(fmt.Sprintf("node%d", i)))
		}
		j.Waiting = append(j.Waiting, w)
	}
	return j
}

func drawSnapshot(t *rapid.T) scheduler.Snapshot {
	s := scheduler.Snapshot{Now: now, ActiveNodes: rapid.IntRange(0, 10).Draw(t, "active")}
	for i := range rapid.IntRange(0, 8).Draw(t, "asks") {
		s.Asks = append(s.Asks, drawAsk(t, i))
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "jobs") {
		s.Jobs = append(s.Jobs, drawJob(t, fallow.JobID(i+1)))
	}
	return s
}

// left is what the asks have left after a plan.
func left(s scheduler.Snapshot, p scheduler.Plan) []scheduler.Ask {
	asks := slices.Clone(s.Asks)
	for _, l := range p.Leases {
		takes := scheduler.Takes(jobOf(s, l).Needs)
		a := &asks[l.Ask]
		a.Max--
		a.Free.Cores -= takes.Cores
		a.Free.Memory -= takes.Memory
		a.Free.Disk -= takes.Disk
	}
	return asks
}

func jobOf(s scheduler.Snapshot, l scheduler.Lease) scheduler.Job {
	return s.Jobs[slices.IndexFunc(s.Jobs, func(j scheduler.Job) bool { return j.ID == l.Attempt.Subjob.Job })]
}

func room(a scheduler.Ask, j scheduler.Job) bool {
	takes := scheduler.Takes(j.Needs)
	return a.Max > 0 && a.Free.Cores >= takes.Cores && a.Free.Memory >= takes.Memory && a.Free.Disk >= takes.Disk &&
		scheduler.Usable(a.Node, now) && (j.Arch == "" || j.Arch == a.Node.Inventory.Arch)
}

func TestPlanKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSnapshot(t)
		p := scheduler.Schedule(s)
		asks := left(s, p)
		for i, a := range asks {
			given := s.Asks[i].Max - a.Max
			if given > 0 && (a.Max < 0 || a.Free.Cores < 0 || a.Free.Memory < 0 || a.Free.Disk < 0) {
				t.Errorf("ask %d gets more than it has free: %+v left", i, a)
			}
			if given > 0 && !scheduler.Usable(a.Node, now) {
				t.Errorf("node %s is %s and gets work", a.Node.ID, a.Node.State)
			}
		}
		checkSubjobs(t, s, p)
		checkAvoidance(t, s, p)
		checkNothingLeftOut(t, s, p, asks)
		if diff := cmp.Diff(p, scheduler.Schedule(s)); diff != "" {
			t.Errorf("a second plan for the same snapshot differs:\n%s", diff)
		}
	})
}

// checkSubjobs: each subjob at most once, the fresh ones a run from Next, each
// attempt the subjob's next, jobs in order.
func checkSubjobs(t *rapid.T, s scheduler.Snapshot, p scheduler.Plan) {
	next := map[fallow.JobID]int64{}
	seen := map[fallow.SubjobID]bool{}
	last := fallow.JobID(0)
	for _, l := range p.Leases {
		j, id := jobOf(s, l), l.Attempt.Subjob
		if seen[id] {
			t.Errorf("subjob %s is leased twice", id)
		}
		seen[id] = true
		if id.Job < last {
			t.Errorf("job %s is served after job %s", id.Job, last)
		}
		last = id.Job
		if id.Index >= j.Next {
			if want := j.Next + next[j.ID]; id.Index != want || l.Attempt.Number != 1 || id.Index >= j.Total {
				t.Errorf("fresh attempt %s, want index %d below %d", l.Attempt, want, j.Total)
			}
			next[j.ID]++
			continue
		}
		w := slices.IndexFunc(j.Waiting, func(w scheduler.Waiting) bool { return w.Index == id.Index })
		if w < 0 || l.Attempt.Number != j.Waiting[w].Attempts+1 {
			t.Errorf("attempt %s of a subjob that does not wait for it", l.Attempt)
		}
	}
}

// checkAvoidance: a node on which a subjob did not succeed gets it only by the two
// exceptions.
func checkAvoidance(t *rapid.T, s scheduler.Snapshot, p scheduler.Plan) {
	for _, l := range p.Leases {
		for _, w := range jobOf(s, l).Waiting {
			if w.Index != l.Attempt.Subjob.Index || !slices.Contains(w.Avoid, s.Asks[l.Ask].Node.ID) {
				continue
			}
			if s.ActiveNodes > len(w.Avoid) && now.Sub(w.Since) < scheduler.AvoidGrace {
				t.Errorf("attempt %s goes to an avoided node too early", l.Attempt)
			}
		}
	}
}

// checkNothingLeftOut: where an ask has room left for a job, the job has nothing
// left for it. With the order of jobs this is priority: what has room for an early
// job after all later ones were served had it before.
func checkNothingLeftOut(t *rapid.T, s scheduler.Snapshot, p scheduler.Plan, asks []scheduler.Ask) {
	leased := map[fallow.SubjobID]bool{}
	fresh := map[fallow.JobID]int64{}
	for _, l := range p.Leases {
		leased[l.Attempt.Subjob] = true
		if j := jobOf(s, l); l.Attempt.Subjob.Index >= j.Next {
			fresh[j.ID]++
		}
	}
	for _, a := range asks {
		for _, j := range s.Jobs {
			if !room(a, j) {
				continue
			}
			if j.Next+fresh[j.ID] < j.Total {
				t.Errorf("node %s has room for job %s, which has fresh subjobs left", a.Node.ID, j.ID)
			}
			for _, w := range j.Waiting {
				if !leased[fallow.SubjobID{Job: j.ID, Index: w.Index}] && !slices.Contains(w.Avoid, a.Node.ID) {
					t.Errorf("node %s has room for waiting subjob %s.%d", a.Node.ID, j.ID, w.Index)
				}
			}
		}
	}
}

func TestLeavesNoNodeEmptyWhileAnotherFills(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scheduler.Snapshot{Now: now}
		for i := range rapid.IntRange(2, 10).Draw(t, "asks") {
			s.Asks = append(s.Asks, ask(node(fmt.Sprintf("node%d", i)), 4))
		}
		for i := range rapid.IntRange(1, 5).Draw(t, "jobs") {
			s.Jobs = append(s.Jobs, scheduler.Job{ID: fallow.JobID(i + 1), Total: rapid.Int64Range(1, 9).Draw(t, "subjobs")})
		}
		given := make([]int, len(s.Asks))
		for _, l := range scheduler.Schedule(s).Leases {
			given[l.Ask]++
		}
		if slices.Max(given)-slices.Min(given) > 1 {
			t.Errorf("equal nodes get %v", given)
		}
	})
}

// BenchmarkSchedule is a round as large as the server makes it.
func BenchmarkSchedule(b *testing.B) {
	s := scheduler.Snapshot{Now: now, ActiveNodes: 10_000}
	for i := range 256 {
		s.Asks = append(s.Asks, ask(node(fmt.Sprintf("node%d", i)), 4))
	}
	for i := range 64 {
		s.Jobs = append(s.Jobs, scheduler.Job{ID: fallow.JobID(i + 1), Total: 16,
			Needs: fallow.Needs{Memory: fallow.Size(i+1) * fallow.MiB, Node: `os.arch == "amd64"`}})
	}
	for b.Loop() {
		if p := scheduler.Schedule(s); len(p.Leases) != 1024 {
			b.Fatalf("%d leases, want 1024", len(p.Leases))
		}
	}
}
