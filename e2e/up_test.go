package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fallow"
)

// A grid of one machine: from nothing to a result, and Ctrl-C leaves nothing of it
// but its folder, from which it goes on.
func TestUp(t *testing.T) {
	g := noGrid(t)
	dir := filepath.Join(g.dir, "up")
	up := g.start("up", nil, tool("fallow"), "up", "--dir", dir, "--listen", net.JoinHostPort(loopback, freePort(t)))
	g.waitForFile(filepath.Join(g.config(), "login.json"))
	job := g.write("job.yaml", "run: echo {n}\nsplit: {range: {n: 1..5}}\ncollect: {concat: stdout, into: all}\n")
	g.run("submit", "--wait", job)
	g.run("results", "1", "--output", filepath.Join(g.dir, "out"))
	if got := g.read(filepath.Join(g.dir, "out", "all")); got != "1\n2\n3\n4\n5\n" {
		t.Errorf("the result is %q", got)
	}
	under := g.submit("run: sleep 3600\n")
	g.running(under, 1)

	var below []int
	g.waitUntil("the program runs", func() bool {
		below = descendants(up.cmd.Process.Pid)
		return slices.ContainsFunc(below, func(pid int) bool { return nameOf(pid) == "sleep" })
	})
	up.stop(os.Interrupt)
	if code := up.cmd.ProcessState.ExitCode(); code != 0 && code != 130 {
		t.Errorf("'up' ended with exit code %d", code)
	}
	for _, pid := range below {
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
			t.Errorf("process %d is left", pid)
		}
	}
	checkNothingOf(t, filepath.Join(dir, "agent"))

	up.begin()
	g.waitUntil("the subjob that was ended is tried again", func() bool { return len(g.attempts(under, 0)) == 2 })
	if first := g.attempts(under, 0)[0].Outcome; first.Kind != fallow.Evicted {
		t.Errorf("the first attempt ended %s (%s), want evicted", first.Kind, first.Reason)
	}
	g.run("cancel", under.String())
}

// nameOf gives the name of a process's program, "" of one that ended.
func nameOf(pid int) string {
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return strings.TrimSpace(string(name))
}
