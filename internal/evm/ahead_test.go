package evm_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"fallow/internal/evm"
)

// TestAhead checks the sandbox that is made ahead: a run moves into it, another
// follows, one that was killed meanwhile costs nothing, and none outlives the
// machine.
func TestAhead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "evm")
	c := config(t, dir)
	c.Ahead = true
	m, err := evm.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	first := vacantPID(t, m)
	if got := run(t, m, evm.Spec{Argv: shell("echo done")}); got.out != "done\n" {
		t.Errorf("a run in a sandbox made ahead: %+v", got)
	}
	second := vacantPID(t, m)
	if first == second {
		t.Error("a sandbox was used twice")
	}
	if err := unix.Kill(second, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitEnded(t, second)
	if got := run(t, m, evm.Spec{Argv: shell("echo done")}); got.out != "done\n" {
		t.Errorf("a run after its sandbox was killed: %+v", got)
	}
	last := vacantPID(t, m)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if err := unix.Kill(last, 0); err != unix.ESRCH {
		t.Errorf("the last sandbox made ahead is left: %v", err)
	}
	nothingLeft(t, dir)
}

// A run in a sandbox made ahead is under its own limits.
func TestAheadIsLimited(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "evm")
	c := config(t, dir)
	c.Ahead = true
	m, err := evm.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	m.WaitAhead()
	bomb := shell("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do sleep 60 & done; wait")
	got := run(t, m, evm.Spec{Argv: bomb, Limits: evm.Limits{Procs: 8}})
	if got.Limit != evm.LimitProcs {
		t.Errorf("sixteen processes where eight are allowed: %+v", got.Exit)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	nothingLeft(t, dir)
}

// vacantPID gives the process ID of the only sandbox made ahead.
func vacantPID(t *testing.T, m *evm.Machine) int {
	t.Helper()
	m.WaitAhead()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, list := range lists {
		children, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for _, field := range strings.Fields(string(children)) {
			pid, _ := strconv.Atoi(field)
			if name, err := os.ReadFile(filepath.Join("/proc", field, "comm")); err == nil && string(name) == "fallow-init\n" {
				found = append(found, pid)
			}
		}
	}
	if len(found) != 1 {
		t.Fatalf("sandboxes made ahead: %v, want one", found)
	}
	return found[0]
}

// waitEnded waits until a child of ours has ended, and leaves it to be reaped by
// whoever started it.
func waitEnded(t *testing.T, pid int) {
	t.Helper()
	if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
}
