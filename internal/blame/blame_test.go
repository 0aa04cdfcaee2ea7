package blame_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fallow"
	"fallow/internal/blame"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// subjob names subjobs of job 7, the job of every case unless it says otherwise.
func subjob(index int64) fallow.SubjobID { return fallow.SubjobID{Job: 7, Index: index} }

// change makes a case different from the usual one.
type change func(*blame.Case)

// usual is the first attempt of subjob 7.5 on node a of a grid of ten, after a
// minute, in a job of 100 of which one has succeeded.
func usual(kind fallow.OutcomeKind, changes ...change) blame.Case {
	c := blame.Case{
		Now: now, Attempt: fallow.AttemptID{Subjob: subjob(5), Number: 1}, Node: "a",
		Outcome: fallow.Outcome{Kind: kind, Wall: time.Minute},
		Retries: 3, ActiveNodes: 10, Job: blame.JobRecord{Total: 100, Succeeded: 1},
	}
	for _, apply := range changes {
		apply(&c)
	}
	return c
}

// earlier adds attempts in the form "failed:b".
func earlier(attempts ...string) change {
	return func(c *blame.Case) {
		for _, a := range attempts {
			kind, node, _ := strings.Cut(a, ":")
			c.Earlier = append(c.Earlier, blame.Earlier{Node: fallow.NodeID(node), Kind: fallow.OutcomeKind(kind)})
			c.Attempt.Number++
		}
	}
}

func repeat(n int, attempts ...string) change {
	return func(c *blame.Case) {
		for range n {
			earlier(attempts...)(c)
		}
	}
}

func wall(d time.Duration) change        { return func(c *blame.Case) { c.Outcome.Wall = d } }
func minTime(d time.Duration) change     { return func(c *blame.Case) { c.Needs.MinTime = d } }
func retries(n int) change               { return func(c *blame.Case) { c.Retries = n } }
func grid(nodes int) change              { return func(c *blame.Case) { c.ActiveNodes = nodes } }
func record(q fallow.Quarantine) change  { return func(c *blame.Case) { c.Record = q } }
func jobRecord(r blame.JobRecord) change { return func(c *blame.Case) { c.Job = r } }

// ends adds how the job ended elsewhere in the form "quick:b" or "sound:b".
func ends(recent ...string) change {
	return func(c *blame.Case) {
		for _, e := range recent {
			kind, node, _ := strings.Cut(e, ":")
			c.Job.Recent = append(c.Job.Recent, blame.NodeEnd{Node: fallow.NodeID(node), Quick: kind == "quick"})
		}
	}
}

func quickOnes(ids ...fallow.SubjobID) change { return record(fallow.Quarantine{Quick: ids}) }

func TestSubjob(t *testing.T) {
	tests := []struct {
		name   string
		c      blame.Case
		want   blame.Next
		reason string // part of it
		after  time.Duration
	}{
		{"success", usual(fallow.Succeeded), blame.Done, "", 0},
		{"success on the minimum time", usual(fallow.Succeeded, minTime(time.Minute)), blame.Done, "", 0},

		// Malformed subjob: the minimum and maximum time.
		{"too short, once", usual(fallow.Succeeded, minTime(time.Hour)), blame.Retry, "before the job's minimum time of 1h0m0s", time.Second},
		{"too short, without retries", usual(fallow.Succeeded, minTime(time.Hour), retries(0)), blame.Retry, "too-short", time.Second},
		{"too short, twice", usual(fallow.Succeeded, minTime(time.Hour), earlier("too-short:b")), blame.Fail, "too soon 2 times, on b, a", 0},
		{"too short after a failure", usual(fallow.TooShort, earlier("failed:b")), blame.Retry, "too-short", 2 * time.Second},
		{"too long", usual(fallow.TooLong), blame.Fail, "longer than the job's maximum time on node a", 0},

		// Malformed subjob: failures.
		{"failed once", usual(fallow.Failed), blame.Retry, "attempt 1 on node a: failed with exit code 0", time.Second},
		{"failed without retries", usual(fallow.Failed, retries(0)), blame.Fail, "failed 1 time on a, and the job allows 0 retries", 0},
		{"failed, retries used up", usual(fallow.Failed, retries(1), earlier("failed:a")), blame.Fail, "the job allows 1 retry", 0},
		{"crashed, retries used up", usual(fallow.Crashed, retries(1), earlier("failed:b")), blame.Fail, "on b, a", 0},
		{"failed on three nodes", usual(fallow.Failed, retries(100), earlier("failed:b", "crashed:c")), blame.Fail, "3 different nodes (b, c, a)", 0},
		{"failed on two nodes", usual(fallow.Failed, retries(100), earlier("failed:b", "crashed:b")), blame.Retry, "", 4 * time.Second},
		{"others' faults are not counted", usual(fallow.Failed, retries(1), earlier("evicted:b", "lost:c", "not-started:d")), blame.Retry, "", 8 * time.Second},

		// Desktop resource contention.
		{"over limit once", usual(fallow.OverLimit), blame.Retry, "", time.Second},
		{"over limit on three nodes", usual(fallow.OverLimit, earlier("over-limit:b", "over-limit:c")), blame.Fail, "3 times, on b, c, a", 0},
		{"over limit twice on one of many nodes", usual(fallow.OverLimit, earlier("over-limit:a")), blame.Retry, "", 2 * time.Second},
		{"over limit three times on the only node", usual(fallow.OverLimit, grid(1), earlier("over-limit:a", "over-limit:a")), blame.Fail, "3 times, on a", 0},
		{"over limit three times on both nodes", usual(fallow.OverLimit, grid(2), earlier("over-limit:a", "over-limit:b")), blame.Fail, "3 times", 0},
		{"over limit six times on two of many nodes", usual(fallow.OverLimit, repeat(2, "over-limit:a", "over-limit:b"), earlier("over-limit:b")),
			blame.Fail, "6 times, on a, b", 0},
		{"evicted ever so often", usual(fallow.Evicted, repeat(99, "evicted:a", "evicted:b", "evicted:c")), blame.Retry, "", 2 * time.Minute},
		{"evicted a thousand times", usual(fallow.Evicted, repeat(999, "evicted:a")), blame.Fail, "tried 1000 times", 0},

		// The node's fault, until it cannot be.
		{"lost", usual(fallow.Lost, retries(0), repeat(99, "lost:a", "lost:b", "lost:c")), blame.Retry, "", 2 * time.Minute},
		{"tampered", usual(fallow.Tampered, retries(0), earlier("tampered:b", "tampered:c")), blame.Retry, "", 4 * time.Second},
		{"not started ten times on two nodes", usual(fallow.NotStarted, repeat(9, "not-started:b")), blame.Retry, "", 2 * time.Minute},
		{"not started ten times on three nodes", usual(fallow.NotStarted, repeat(8, "not-started:b"), earlier("tampered:c")),
			blame.Fail, "could not be run 10 times, on b, c, a", 0},
		{"an attempt was cancelled", usual(fallow.Cancelled), blame.Retry, "", time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := blame.Judge(test.c).Subjob
			if got.Next != test.want || !strings.Contains(got.Reason, test.reason) {
				t.Errorf("%s because %q, want %s because %q", got.Next, got.Reason, test.want, test.reason)
			}
			if (got.Next == blame.Done) != (got.Reason == "") {
				t.Errorf("%s because %q", got.Next, got.Reason)
			}
			want := time.Time{}
			if test.want == blame.Retry {
				want = now.Add(test.after)
			}
			if !got.NotBefore.Equal(want) {
				t.Errorf("not before %v, want %v", got.NotBefore, want)
			}
		})
	}
}

func TestOutcomeAsCounted(t *testing.T) {
	c := usual(fallow.Succeeded, minTime(time.Hour))
	c.Outcome.Results = []fallow.FileRef{{Path: "hits.tbl"}}
	got := blame.Judge(c).Outcome
	want := fallow.Outcome{Kind: fallow.TooShort, Wall: time.Minute,
		Reason: "it ended after 1m0s, before the job's minimum time of 1h0m0s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	failed := usual(fallow.Failed, minTime(time.Hour)).Outcome
	if diff := cmp.Diff(failed, blame.Judge(usual(fallow.Failed, minTime(time.Hour))).Outcome); diff != "" {
		t.Errorf("a failure tells more than too-short (-want +got):\n%s", diff)
	}
}

func TestNode(t *testing.T) {
	one, two, three, four, five := subjob(1), subjob(2), subjob(3), subjob(4), subjob(5)
	others := []fallow.SubjobID{{Job: 1, Index: 1}, {Job: 2, Index: 1}}
	fails := blame.JobRecord{Total: 100, FailedNodes: []fallow.NodeID{"b"}, FailedSubjobs: []int64{1}}
	quick := wall(time.Second)
	tests := []struct {
		name       string
		c          blame.Case
		want       fallow.Quarantine
		quarantine bool
	}{
		{"one quick failure", usual(fallow.Failed, quick), fallow.Quarantine{Quick: []fallow.SubjobID{five}}, false},
		{"a slow failure clears", usual(fallow.Failed, quickOnes(one, two)), fallow.Quarantine{}, false},
		{"a success clears", usual(fallow.Succeeded, quick, quickOnes(one, two)), fallow.Quarantine{}, false},
		{"the same subjob again does not count", usual(fallow.Failed, quick, quickOnes(one, five)), fallow.Quarantine{Quick: []fallow.SubjobID{one, five}}, false},
		{"the third different one does", usual(fallow.Failed, quick, quickOnes(one, two)),
			fallow.Quarantine{Quick: []fallow.SubjobID{one, two, five}, Backoff: 10 * time.Second, Until: now.Add(10 * time.Second)}, true},
		{"crashes count", usual(fallow.Crashed, quick, quickOnes(others...)),
			fallow.Quarantine{Quick: append(others[:2:2], five), Backoff: 10 * time.Second, Until: now.Add(10 * time.Second)}, true},
		{"tampered files count", usual(fallow.Tampered, quick), fallow.Quarantine{Quick: []fallow.SubjobID{five}}, false},
		{"below a long minimum time is quick", usual(fallow.Succeeded, minTime(time.Hour)), fallow.Quarantine{Quick: []fallow.SubjobID{five}}, false},
		{"not started is quick however long it took", usual(fallow.NotStarted, wall(time.Hour)), fallow.Quarantine{Quick: []fallow.SubjobID{five}}, false},
		{"evictions say nothing", usual(fallow.Evicted, quickOnes(one)), fallow.Quarantine{Quick: []fallow.SubjobID{one}}, false},
		{"quick evictions say nothing", usual(fallow.Evicted, quick, quickOnes(one, two)), fallow.Quarantine{Quick: []fallow.SubjobID{one, two}}, false},
		{"a lost attempt says nothing", usual(fallow.Lost, quickOnes(one)), fallow.Quarantine{Quick: []fallow.SubjobID{one}}, false},
		{"a cancelled attempt says nothing", usual(fallow.Cancelled, quickOnes(one)), fallow.Quarantine{Quick: []fallow.SubjobID{one}}, false},
		{"quickly over a limit says nothing", usual(fallow.OverLimit, quick, quickOnes(one)), fallow.Quarantine{Quick: []fallow.SubjobID{one}}, false},
		{"once more after a quarantine: twice as long",
			usual(fallow.Failed, quick, ends("sound:b"), record(fallow.Quarantine{Quick: []fallow.SubjobID{one, two, three}, Until: now, Backoff: 10 * time.Second})),
			fallow.Quarantine{Quick: []fallow.SubjobID{two, three, five}, Backoff: 20 * time.Second, Until: now.Add(20 * time.Second)}, true},
		{"at most an hour",
			usual(fallow.Failed, quick, ends("sound:b"), record(fallow.Quarantine{Quick: []fallow.SubjobID{one, two, three}, Until: now, Backoff: 45 * time.Minute})),
			fallow.Quarantine{Quick: []fallow.SubjobID{two, three, five}, Backoff: time.Hour, Until: now.Add(time.Hour)}, true},
		{"what was leased before the quarantine does not lengthen it",
			usual(fallow.Failed, quick, record(fallow.Quarantine{Quick: []fallow.SubjobID{one, two, three}, Until: now.Add(time.Second), Backoff: 10 * time.Second})),
			fallow.Quarantine{Quick: []fallow.SubjobID{two, three, five}, Until: now.Add(time.Second), Backoff: 10 * time.Second}, false},
		{"a success halves the back-off", usual(fallow.Succeeded, record(fallow.Quarantine{Backoff: 40 * time.Second})),
			fallow.Quarantine{Backoff: 20 * time.Second}, false},
		{"and ends it", usual(fallow.Succeeded, record(fallow.Quarantine{Backoff: 10 * time.Second})), fallow.Quarantine{}, false},

		// If they fail elsewhere too, the subjobs are to blame.
		{"the job fails elsewhere, too", usual(fallow.Failed, quick, quickOnes(three, four), jobRecord(fails)), fallow.Quarantine{}, false},
		{"but has succeeded once", usual(fallow.Failed, quick, quickOnes(three, four),
			jobRecord(blame.JobRecord{Total: 100, Succeeded: 1, FailedNodes: fails.FailedNodes})),
			fallow.Quarantine{Quick: []fallow.SubjobID{three, four, five}, Backoff: 10 * time.Second, Until: now.Add(10 * time.Second)}, true},
		{"but another job's subjob failed here, too", usual(fallow.Failed, quick, quickOnes(others[0], four), jobRecord(fails)),
			fallow.Quarantine{Quick: others[:1]}, false},
		{"the job fails here only", usual(fallow.Failed, quick, quickOnes(three, four),
			jobRecord(blame.JobRecord{Total: 100, FailedNodes: []fallow.NodeID{"a"}, FailedSubjobs: []int64{3, 4}})),
			fallow.Quarantine{Quick: []fallow.SubjobID{three, four, five}, Backoff: 10 * time.Second, Until: now.Add(10 * time.Second)}, true},
		{"the job fails on the only node there is, and is held", usual(fallow.Failed, quick, grid(1), quickOnes(three, four),
			jobRecord(blame.JobRecord{Total: 100, FailedNodes: []fallow.NodeID{"a"}, FailedSubjobs: []int64{3, 4}})),
			fallow.Quarantine{}, false},

		// A job that succeeded once may still be to blame for the rest.
		{"it succeeded, but then ended quickly elsewhere, too", usual(fallow.Failed, quick, quickOnes(three, four), ends("quick:b")),
			fallow.Quarantine{}, false},
		{"and the node's own sound end before does not count", usual(fallow.Failed, quick, quickOnes(three, four), ends("sound:a", "quick:b")),
			fallow.Quarantine{}, false},
		{"on half of the others", usual(fallow.Failed, quick, quickOnes(three, four), ends("quick:b", "sound:c")),
			fallow.Quarantine{}, false},
		{"on few of the others: two black holes", usual(fallow.Failed, quick, quickOnes(three, four), ends("quick:b", "sound:c", "sound:d")),
			fallow.Quarantine{Quick: []fallow.SubjobID{three, four, five}, Backoff: 10 * time.Second, Until: now.Add(10 * time.Second)}, true},
		{"on no other: a black hole", usual(fallow.NotStarted, quick, quickOnes(three, four), ends("quick:a", "sound:b")),
			fallow.Quarantine{Quick: []fallow.SubjobID{three, four, five}, Backoff: 10 * time.Second, Until: now.Add(10 * time.Second)}, true},
		{"a quarantine of its making ends",
			usual(fallow.Failed, quick, ends("quick:b"), record(fallow.Quarantine{Quick: []fallow.SubjobID{one, two, three}, Until: now.Add(time.Second), Backoff: 40 * time.Second})),
			fallow.Quarantine{Backoff: 20 * time.Second}, false},
		{"one of other jobs' making does not",
			usual(fallow.Failed, quick, ends("quick:b"), record(fallow.Quarantine{Quick: append(others[:2:2], fallow.SubjobID{Job: 3}), Until: now.Add(time.Second), Backoff: 40 * time.Second})),
			fallow.Quarantine{Quick: append(others[:2:2], fallow.SubjobID{Job: 3}), Until: now.Add(time.Second), Backoff: 40 * time.Second}, false},
		{"on the only node there is", usual(fallow.Failed, quick, grid(1), quickOnes(three, four)),
			fallow.Quarantine{Quick: []fallow.SubjobID{three, four, five}}, false},
		{"on the only node there is, which another job accuses, too", usual(fallow.Failed, quick, grid(1), quickOnes(others[0], four)),
			fallow.Quarantine{Quick: []fallow.SubjobID{others[0], four, five}, Backoff: 10 * time.Second, Until: now.Add(10 * time.Second)}, true},
		{"on a node beside one in quarantine", usual(fallow.Failed, quick, grid(1), ends("sound:b"), quickOnes(three, four)),
			fallow.Quarantine{Quick: []fallow.SubjobID{three, four, five}, Backoff: 10 * time.Second, Until: now.Add(10 * time.Second)}, true},
		{"a suspect whom no other node and no other job accuses is not paused longer",
			usual(fallow.Failed, quick, record(fallow.Quarantine{Quick: []fallow.SubjobID{one, two, three}, Until: now, Backoff: 10 * time.Second})),
			fallow.Quarantine{Quick: []fallow.SubjobID{two, three, five}, Backoff: 10 * time.Second, Until: now.Add(10 * time.Second)}, true},
		{"another job accuses it, too",
			usual(fallow.Failed, quick, record(fallow.Quarantine{Quick: []fallow.SubjobID{one, two, others[0]}, Until: now, Backoff: 10 * time.Second})),
			fallow.Quarantine{Quick: []fallow.SubjobID{two, others[0], five}, Backoff: 20 * time.Second, Until: now.Add(20 * time.Second)}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := blame.Judge(test.c).Node
			if diff := cmp.Diff(test.want, got.Record); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
			if got.Quarantine != test.quarantine || (got.Reason != "") != test.quarantine {
				t.Errorf("quarantine %v because %q, want %v", got.Quarantine, got.Reason, test.quarantine)
			}
		})
	}
}

func TestJob(t *testing.T) {
	nodes := func(ids ...fallow.NodeID) []fallow.NodeID { return ids }
	tests := []struct {
		name    string
		c       blame.Case
		nodes   []fallow.NodeID
		subjobs []int64
		hold    string // the reason
	}{
		{"a failure is evidence", usual(fallow.Failed, jobRecord(blame.JobRecord{Total: 100})), nodes("a"), []int64{5}, ""},
		{"unless one succeeded", usual(fallow.Failed), nil, nil, ""},
		{"a success clears", usual(fallow.Succeeded, jobRecord(blame.JobRecord{Total: 100, FailedNodes: nodes("a")})), nil, nil, ""},
		{"an eviction is not", usual(fallow.Evicted, jobRecord(blame.JobRecord{Total: 100})), nil, nil, ""},
		{"nor is a node that cannot start it", usual(fallow.NotStarted, jobRecord(blame.JobRecord{Total: 100, FailedNodes: nodes("b")})), nodes("b"), nil, ""},
		{"three nodes, three subjobs", usual(fallow.Failed, jobRecord(
			blame.JobRecord{Total: 100, FailedNodes: nodes("b", "c"), FailedSubjobs: []int64{0, 1}})), nodes("b", "c", "a"), []int64{0, 1, 5},
			"none of 100 subjobs has succeeded so far, but 3 failed, on 3 nodes (b, c, a); the last was 7.5 on node a: failed with exit code 0"},
		{"three nodes, one subjob", usual(fallow.Failed, jobRecord(
			blame.JobRecord{Total: 100, FailedNodes: nodes("b", "c"), FailedSubjobs: []int64{5}})), nodes("b", "c", "a"), []int64{5}, ""},
		{"two of many nodes", usual(fallow.Failed, jobRecord(
			blame.JobRecord{Total: 100, FailedNodes: nodes("b"), FailedSubjobs: []int64{0, 1}})), nodes("b", "a"), []int64{0, 1, 5}, ""},
		{"both nodes", usual(fallow.OverLimit, grid(2), jobRecord(
			blame.JobRecord{Total: 100, FailedNodes: nodes("b"), FailedSubjobs: []int64{0, 1}})), nodes("b", "a"), []int64{0, 1, 5},
			"none of 100 subjobs has succeeded so far, but 3 failed, on 2 nodes (b, a); the last was 7.5 on node a: over its limit of "},
		{"one node of two, while it is quarantined", usual(fallow.Failed, grid(1), record(fallow.Quarantine{Until: now.Add(time.Second)}), jobRecord(
			blame.JobRecord{Total: 100, FailedNodes: nodes("a"), FailedSubjobs: []int64{0, 1}})), nodes("a"), []int64{0, 1, 5}, ""},
		{"the only node", usual(fallow.TooLong, grid(1), jobRecord(
			blame.JobRecord{Total: 100, FailedNodes: nodes("a"), FailedSubjobs: []int64{0, 1}})), nodes("a"), []int64{0, 1, 5},
			"none of 100 subjobs has succeeded so far, but 3 failed, on 1 node (a); the last was 7.5 on node a: too-long"},
		{"ten failed for good on two nodes", usual(fallow.TooLong, jobRecord(
			blame.JobRecord{Total: 100, Failed: 9, FailedNodes: nodes("a", "b"), FailedSubjobs: []int64{0, 1, 2}})), nodes("a", "b"), []int64{0, 1, 2},
			"none of 100 subjobs has succeeded so far, but 10 failed, on 2 nodes (a, b); the last was 7.5 on node a: too-long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := blame.Judge(test.c).Job
			got.Recent = nil // TestRecent is about that
			want := blame.JobVerdict{FailedNodes: test.nodes, FailedSubjobs: test.subjobs, Hold: test.hold != "", Reason: test.hold}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("job (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRecent(t *testing.T) {
	quick := wall(time.Second)
	full := func(kinds string) []string {
		var all []string
		for i, k := range kinds {
			all = append(all, map[rune]string{'q': "quick", 's': "sound"}[k]+":"+string(rune('b'+i)))
		}
		return all
	}
	tests := []struct {
		name string
		c    blame.Case
		want []string
	}{
		{"a success", usual(fallow.Succeeded, quick), []string{"sound:a"}},
		{"a quick failure", usual(fallow.Failed, quick, ends("sound:b")), []string{"sound:b", "quick:a"}},
		{"a slow failure", usual(fallow.Crashed), []string{"sound:a"}},
		{"the latest on a node counts", usual(fallow.NotStarted, ends("sound:a", "sound:b")), []string{"quick:a", "sound:b"}},
		{"an eviction says nothing", usual(fallow.Evicted, ends("quick:a")), []string{"quick:a"}},
		{"nor does a limit that is hit at once", usual(fallow.OverLimit, quick), nil},
		{"the oldest goes", usual(fallow.Failed, quick, ends(full("ssssssss")...)), append(full("ssssssss")[1:], "quick:a")},
		{"sound ends displace quick ones", usual(fallow.Succeeded, ends(full("qsssssss")...)), append(full("qsssssss")[1:], "sound:a")},
		{"where all goes well nothing changes", usual(fallow.Succeeded, ends(full("ssssssss")...)), full("ssssssss")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var want blame.Case
			ends(test.want...)(&want)
			if diff := cmp.Diff(want.Job.Recent, blame.Judge(test.c).Job.Recent); diff != "" {
				t.Errorf("recent ends (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNoJobQuarantinesTheGrid: a job that succeeds once and then only fails, at once
// and wherever it runs, costs the grid no node.
func TestNoJobQuarantinesTheGrid(t *testing.T) {
	nodes := []fallow.NodeID{"a", "b", "c", "d"}
	records := map[fallow.NodeID]fallow.Quarantine{}
	job := blame.JobRecord{Total: 1000, Succeeded: 1, Recent: []blame.NodeEnd{{Node: "a"}}}
	for i := range int64(400) {
		c := usual(fallow.Failed, wall(time.Second), grid(len(nodes)))
		c.Attempt.Subjob, c.Node = subjob(i), nodes[i%4]
		c.Now, c.Record, c.Job = now.Add(time.Duration(i)*time.Second), records[nodes[i%4]], job
		v := blame.Judge(c)
		if v.Node.Quarantine {
			t.Errorf("subjob %d puts node %s into quarantine: %s", i, c.Node, v.Node.Reason)
		}
		records[c.Node], job.Recent = v.Node.Record, v.Job.Recent
	}
}
