package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fallow"
)

// A job that can't work is held with the evidence before it burns the grid, and no
// node is suspected for it.
func TestMalformedJobIsHeld(t *testing.T) {
	g := newGrid(t, 3)
	job := g.submit("run: sh -c 'echo no licence >&2; exit 3'\nsplit: {range: {n: 1..500}}\nenv: {N: '{n}'}\n")
	held := g.becomes(job, fallow.JobHeld)
	g.wantIn(held.Reason, "none of 500 subjobs has succeeded", "3 nodes", "exit code 3")
	g.refused(3, "watch", "1")
	g.wantIn(g.run("explain", "1"), held.Reason)
	for _, n := range g.listNodes() {
		g.wantIn(held.Reason, string(n.ID))
		if n.State != fallow.NodeActive {
			t.Errorf("node %s is %s (%s), though the job is to blame", n.ID, n.State, n.Reason)
		}
	}
	if c := held.Counts; c.Failed > 30 || c.Waiting < 400 {
		t.Errorf("it burnt the grid first: %+v", c)
	}
	g.run("release", "1")
	g.becomes(job, fallow.JobHeld)
	g.run("cancel", "1")
	g.becomes(job, fallow.JobCancelled)
}

// A node on which nothing can run is quarantined; what it got is done by others, and
// an administrator takes it back once it is repaired.
func TestBlackHoleIsQuarantined(t *testing.T) {
	g := newGrid(t, 3)
	hole := g.nodes[1]
	attempts := filepath.Join(hole.dir, "attempts")
	g.must(os.Remove(attempts))
	g.must(os.WriteFile(attempts, nil, 0o600)) // as after a damage to its file system
	job := g.submit("run: sleep 0.{n}\nsplit: {range: {n: 201..220}}\n")
	g.waitUntil("the node is quarantined", func() bool {
		return g.known(hole).State == fallow.NodeQuarantined
	})
	g.wantIn(g.known(hole).Reason, "3 different subjobs in a row")
	if c := g.becomes(job, fallow.JobSucceeded).Counts; c.Succeeded != 20 {
		t.Errorf("counts %+v", c)
	}
	g.must(os.Remove(attempts))
	g.must(os.Mkdir(attempts, 0o711))
	g.wantIn(g.run("node", "activate", string(hole.id)), "is active")
	if n := g.known(hole); !n.Quarantine.Until.IsZero() || n.Quarantine.Backoff != 0 {
		t.Errorf("its record is still %+v", n.Quarantine)
	}
	g.run("node", "label", string(hole.id), "once=broken")
	g.becomes(g.submit("run: 'true'\nneeds: {labels: {once: broken}}\n"), fallow.JobSucceeded)
}

// What a subjob may not do ends it, and after the rules' attempts its job, with the
// reason.
func TestLimits(t *testing.T) {
	need(t, "python3")
	g := newGrid(t, 3)
	g.write("greedy.py", "#!/usr/bin/env python3\nx = b'x' * (200 << 20)\nprint(len(x))\n")
	for _, c := range []struct {
		name, job string
		outcome   fallow.OutcomeKind
		attempts  int
		nodes     int
		reason    string
	}{
		{"memory", "run: greedy.py\napp: {script: greedy.py}\nneeds: {memory: 64MiB}\n", fallow.OverLimit, 3, 3, "memory"},
		{"disk", "run: head -c 9000000 /dev/zero\nneeds: {output: 1MiB}\ncollect: {concat: stdout, into: x}\n", fallow.OverLimit, 3, 3, "1MiB"},
		{"too long", "run: sleep 60\nneeds: {time: {max: 1s}}\n", fallow.TooLong, 1, 1, "1s"},
		{"too short", "run: 'true'\nneeds: {time: {min: 30s}}\n", fallow.TooShort, 2, 2, "30s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := g.in(t)
			job := g.submit(c.job)
			g.becomes(job, fallow.JobFailed)
			nodes := map[fallow.NodeID]bool{}
			attempts := g.attempts(job, 0)
			for _, a := range attempts {
				nodes[a.Node] = true
				if a.Outcome.Kind != c.outcome || !strings.Contains(a.Outcome.Reason, c.reason) {
					t.Errorf("attempt %s: %s (%s), want %s with %q", a.ID, a.Outcome.Kind, a.Outcome.Reason, c.outcome, c.reason)
				}
			}
			if len(attempts) != c.attempts || len(nodes) != c.nodes {
				t.Errorf("%d attempts on %d nodes, want %d on %d", len(attempts), len(nodes), c.attempts, c.nodes)
			}
		})
	}
}
