package evm_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"fallow/internal/evm"
	"fallow/internal/evm/evmtest"
)

// agentVariable makes the test program an agent that holds a machine in the
// directory it names; the other variables say what it runs.
const (
	agentVariable = "FALLOW_TEST_AGENT"
	treeVariable  = "FALLOW_TEST_TREE"
	groupVariable = "FALLOW_TEST_GROUP"
	pauseVariable = "FALLOW_TEST_PAUSE"
)

// agent starts a busy run, says so, and waits to be killed.
func agent(dir string) int {
	m, err := evm.Open(evm.Config{Dir: dir, Init: os.Getenv(evmtest.InitVariable), HostUID: sandboxUser, Group: os.Getenv(groupVariable), Ahead: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	up := make(ready)
	r, err := m.Start(context.Background(), evm.Spec{Name: "1.0.1", Tree: os.Getenv(treeVariable), Argv: shell(busy), Stdout: up})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	<-up
	if os.Getenv(pauseVariable) != "" {
		if err := r.Pause(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	fmt.Println("running")
	r.Wait()
	return 1
}

// TestAgentKilled checks the lifeline: when the agent dies at once, everything that
// it ran dies, and its successor tidies up.
func TestAgentKilled(t *testing.T) {
	for _, pause := range []string{"", "paused"} {
		t.Run("pause="+pause, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "evm")
			cmd := startAgent(t, dir, pause)
			watched := watchAll(t, evmtest.Sandboxed(t, hostUser()))
			if len(watched) < 10 {
				t.Fatalf("%d sandboxed processes, want 11 at least", len(watched))
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			cmd.Wait() // killed: an error for certain
			awaitAll(t, watched)
			m, err := evm.Open(config(t, dir))
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
			nothingLeft(t, dir)
		})
	}
}

func startAgent(t *testing.T, dir, pause string) *exec.Cmd {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tree, _ := toolTree(t)
	cmd := exec.Command(own)
	cmd.Env = append(os.Environ(), agentVariable+"="+dir, treeVariable+"="+tree, pauseVariable+"="+pause,
		groupVariable+"="+groupOf(dir), evmtest.InitVariable+"="+evmtest.Init(t))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "running\n" {
		cmd.Process.Kill()
		cmd.Wait()
		t.Fatalf("the agent said %q, %v", line, err)
	}
	return cmd
}

// watchAll opens descriptors that tell of the ends of processes, pidfd_open(2).
func watchAll(t *testing.T, pids []int) []int {
	t.Helper()
	var fds []int
	for _, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		fds = append(fds, fd)
	}
	return fds
}

func awaitAll(t *testing.T, watched []int) {
	t.Helper()
	for _, fd := range watched {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, int((10 * time.Second).Milliseconds()))
		for err == unix.EINTR {
			n, err = unix.Poll(poll, int((10 * time.Second).Milliseconds()))
		}
		if n != 1 {
			t.Errorf("a process lives on without its agent: %d, %v", n, err)
		}
	}
}
