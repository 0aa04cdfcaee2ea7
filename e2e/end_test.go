package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"fallow"
)

// The end of a job, however it comes, is told by the exit code of those who wait
// for it.
func TestJobEnds(t *testing.T) {
	g := newGrid(t, 1)
	good := g.write("good.yaml", "run: 'true'\n")
	bad := g.write("bad.yaml", "run: sh -c 'echo oh no >&2; exit 9'\nretries: 1\n")
	g.wantIn(g.run("submit", "--wait", good), "job 1 succeeded")
	g.wantIn(g.refused(3, "submit", "--wait", bad), "job 2 failed")
	g.wantIn(g.run("logs", "2.0"), "oh no", "exit code 9")
	g.wantIn(g.run("explain", "2.0"), "2.0.1", "2.0.2")
	if n := len(g.attempts(2, 0)); n != 2 {
		t.Errorf("%d attempts, want the first and a retry", n)
	}
}

// Cancelling a job ends its processes, also those that want to hide, and leaves
// nothing of it on the node, which goes on working.
func TestCancelLeavesNothing(t *testing.T) {
	need(t, "python3")
	g := newGrid(t, 1)
	n := g.nodes[0]
	g.write("hide.py", `#!/usr/bin/python3
import os, signal, time
for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(s, signal.SIG_IGN)
open('/work/much', 'wb').write(bytes(1 << 20))
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        os.fork()
        break
time.sleep(3600)
`)
	job := g.submit("run: hide.py\napp: {script: hide.py}\n")
	g.waitUntil("11 processes run", func() bool { return len(n.programs()) == 11 }, job.String())
	g.run("cancel", job.String())
	g.becomes(job, fallow.JobCancelled)
	g.waitUntil("they are gone, and so is the attempt's folder", func() bool {
		left, err := os.ReadDir(filepath.Join(n.dir, "attempts"))
		return err == nil && len(left) == 0 && len(n.programs()) == 0
	})
	g.becomes(g.submit("run: echo next\n"), fallow.JobSucceeded)
	g.checkNothingLeft()
}
