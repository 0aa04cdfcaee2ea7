package evm_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"fallow"
	"fallow/internal/evm"
	"fallow/internal/evm/evmtest"
)

// Users that exist on no machine by themselves, so that what a test left behind can
// be told from everything else.
const (
	sandboxUser  = 64801 // as which sandboxes run when the tests run as root
	ordinaryUser = 64802 // as which the tests run once more
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(agentVariable); dir != "" {
		os.Exit(agent(dir))
	}
	evmtest.Main(m)
}

// TestRootless runs all of it again as an ordinary user.
func TestRootless(t *testing.T) { evmtest.AsUser(t, ordinaryUser) }

// hostUser is the host user that sandboxes of this test program run as.
func hostUser() int {
	if os.Geteuid() == 0 {
		return sandboxUser
	}
	return os.Geteuid()
}

func groupOf(dir string) string {
	return "fallow-test-" + filepath.Base(filepath.Dir(filepath.Dir(dir)))
}

func config(t testing.TB, dir string) evm.Config {
	return evm.Config{Dir: dir, Init: evmtest.Init(t), HostUID: sandboxUser, Group: groupOf(dir)}
}

// newMachine opens a machine, and checks in the end that it leaves nothing.
func newMachine(t testing.TB) *evm.Machine {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "evm")
	m, err := evm.Open(config(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		nothingLeft(t, dir)
	})
	return m
}

func nothingLeft(t testing.TB, dir string) {
	t.Helper()
	if pids := evmtest.Sandboxed(t, hostUser()); len(pids) > 0 {
		t.Errorf("processes %v are left", pids)
	}
	if groups := evmtest.Groups(t, groupOf(dir)); len(groups) > 0 {
		t.Errorf("control groups %v are left", groups)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), dir) {
		t.Errorf("a mount is left:\n%s", mounts)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != "lock" {
			t.Errorf("%s is left in the machine's directory", entry.Name())
		}
	}
}

// toolTree is a tree with the programs that tests use, laid out once.
func toolTree(t testing.TB) (dir string, systems []string) {
	t.Helper()
	toolsOnce.Do(func() {
		tree := evmtest.NewTreeIn(t, filepath.Join(evmtest.Scratch(t), "tools"))
		for _, program := range toolPrograms {
			if _, err := os.Stat(program); err == nil {
				tree.AddProgram(program)
			}
		}
		for _, system := range toolSystems {
			if _, err := os.Stat(system); err == nil {
				tree.AddSystem(system)
				toolsSystems = append(toolsSystems, system)
			}
		}
		toolsDir = tree.Dir
	})
	return toolsDir, toolsSystems
}

var (
	toolsOnce    sync.Once
	toolsDir     string
	toolsSystems []string

	toolPrograms = []string{
		"/bin/sh", "/bin/bash", "/bin/ls", "/bin/cat", "/bin/sleep", "/bin/dd", "/bin/true", "/bin/cp", "/bin/mkdir",
		"/bin/ln", "/bin/rm", "/bin/chmod", "/bin/kill", "/usr/bin/env", "/usr/bin/id", "/usr/bin/head", "/usr/bin/touch", "/usr/bin/setsid",
		"/usr/bin/perl", "/usr/bin/python3", "/usr/bin/find", "/usr/bin/stat", "/usr/bin/uname", "/usr/bin/nproc",
	}
	toolSystems = []string{"/usr/lib/python3.11", "/usr/lib/x86_64-linux-gnu/perl-base", "/usr/share/perl", "/usr/lib/python3.13"}
)

// result is how a test's program ended, with what it wrote.
type result struct {
	evm.Exit
	out, err string
}

func (r result) kind() fallow.OutcomeKind { return r.Outcome().Kind }

// run runs a program to its end.
func run(t testing.TB, m *evm.Machine, s evm.Spec) result {
	t.Helper()
	var out, err bytes.Buffer
	s.Stdout, s.Stderr = &out, &err
	exit := start(t, m, s).Wait()
	return result{exit, out.String(), err.String()}
}

// start starts a program, in the tools' tree unless the spec says otherwise.
func start(t testing.TB, m *evm.Machine, s evm.Spec) *evm.Run {
	t.Helper()
	if s.Name == "" {
		s.Name = "1.0.1"
	}
	if s.Tree == "" {
		s.Tree, s.Systems = toolTree(t)
	}
	r, err := m.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shell is a command of a POSIX shell.
func shell(script string) []string { return []string{"/bin/sh", "-c", script} }
