package e2e

import (
	"os"
	"path/filepath"
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
