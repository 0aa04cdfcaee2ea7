package cgroup

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"fallow"
)

// Without permission for anything, groups do nothing and say so.
func TestOpenAsNobody(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	m, err := Open(newName())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Kind() != "none" {
		t.Skipf("this user may make groups: %s", m.Kind())
	}
	for _, line := range m.Describe()[:controlCount] {
		if !strings.HasSuffix(line, "not by control groups") {
			t.Errorf("described as %q", line)
		}
	}
	useless(t, m)
}

// useless runs a group that has nothing through its life.
func useless(t *testing.T, m *Manager) {
	g, err := m.New("attempt", Limits{Memory: fallow.MiB, Procs: 1, Cores: 1})
	if err != nil {
		t.Fatal(err)
	}
	if g.FD() != -1 || m.Has(Memory) || m.Has(Kill) {
		t.Errorf("a group of nothing has descriptor %d", g.FD())
	}
	called := false
	if err := g.Within(func() error { called = true; return nil }); err != nil || !called {
		t.Errorf("Within: %v", err)
	}
	if err := g.Add(os.Getpid()); err != nil {
		t.Error(err)
	}
	if err := g.Freeze(context.Background()); fallow.CodeOf(err) != fallow.CodeUnsupported {
		t.Errorf("Freeze: %v", err)
	}
	if u, err := g.Usage(); err != nil || u != (Usage{}) {
		t.Errorf("Usage: %+v, %v", u, err)
	}
	if err := g.Kill(); err != nil {
		t.Error(err)
	}
	if err := g.Remove(); err != nil {
		t.Error(err)
	}
	if err := m.Sweep(); err != nil {
		t.Error(err)
	}
}

// asNobody runs the test once more, as an ordinary user.
func asNobody(t *testing.T) {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	cmd := exec.Command("/proc/self/fd/3", "-test.run=^TestOpenAsNobody$", "-test.v")
	cmd.ExtraFiles = []*os.File{self}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if output, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(output), "TestOpenAsNobody") {
		t.Fatalf("as uid 65534: %v\n%s", err, output)
	}
}

func TestManagerOfNothing(t *testing.T) { useless(t, new(Manager)) }
