package initproc

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCensusSeesProcesses counts on the machine's own /proc.
func TestCensusSeesProcesses(t *testing.T) {
	proc, err := unix.Open("/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(proc)
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	c := census{proc: proc}
	everyone, err := c.processes()
	if err != nil {
		t.Fatal(err)
	}
	seen := slices.IndexFunc(everyone, func(p process) bool { return p.pid == cmd.Process.Pid })
	if seen < 0 || everyone[seen].stat.threads != 1 {
		t.Errorf("a process is missing or has other than 1 thread: %v", everyone)
	}
	if c.anonymous(os.Getpid()) == 0 {
		t.Error("this test uses no memory")
	}
}

func TestStoppedStates(t *testing.T) {
	for state, want := range map[byte]bool{'R': false, 'S': false, 'D': false, 'T': true, 't': true, 'Z': true, 'X': true, 'I': false} {
		if stopped(state) != want {
			t.Errorf("state %c counts as stopped: %v", state, !want)
		}
	}
}
