package cgroup

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"fallow"
)

func TestMemoryLimitKills(t *testing.T) {
	each(t, func(t *testing.T, m *Manager) {
		if !m.Has(Memory) {
			t.Skip("no memory control")
		}
		const limit, slack = 64 * fallow.MiB, fallow.MiB // some charges can't be refused
		g := newGroup(t, m, Limits{Memory: limit})
		if got := start(t, g, "eat").signalled(); got != syscall.SIGKILL {
			t.Errorf("the process ended by signal %v, want SIGKILL", got)
		}
		u, err := g.Usage()
		if err != nil {
			t.Fatal(err)
		}
		if u.OOMKills < 1 || u.Memory > limit+slack || u.Memory < limit/2 || u.CPU <= 0 {
			t.Errorf("usage %+v: want an OOM kill, a peak near %v, and processor time", u, limit)
		}
	})
}

func TestProcsLimitRefuses(t *testing.T) {
	each(t, func(t *testing.T, m *Manager) {
		if !m.Has(Procs) {
			t.Skip("no processes control")
		}
		const limit = 30
		g := newGroup(t, m, Limits{Procs: limit})
		p := start(t, g, "breed", "100")
		var born int
		if _, err := fmt.Sscanf(p.first, "ready %d", &born); err != nil || born < 1 || born >= limit {
			t.Errorf("%q: want between 1 and %d processes", p.first, limit)
		}
		u, err := g.Usage()
		if err != nil {
			t.Fatal(err)
		}
		if u.ProcsRefused < 1 || u.Procs > limit || u.Procs < born {
			t.Errorf("usage %+v: want refusals, and a peak between %d and %d", u, born, limit)
		}
	})
}

func TestCPUControlsAreSet(t *testing.T) {
	each(t, func(t *testing.T, m *Manager) {
		if !m.Has(CPU) {
			t.Skip("no cpu control")
		}
		top := m.use[CPU]
		wantIdle(t, top, 0) // as raised for tests
		if err := m.lowerWeight(); err != nil {
			t.Fatal(err)
		}
		wantIdle(t, top, 1)
		g := newGroup(t, m, Limits{Cores: 2})
		// Starts may go on side by side: the first to end doesn't lower the others.
		if err := g.Within(func() error {
			wantIdle(t, top, 0)
			err := m.atOrdinaryWeight(func() error { return nil })
			wantIdle(t, top, 0)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		wantIdle(t, top, 1)
		if top.version == 1 {
			if quota, err := readInt(g.dir(CPU), "cpu.cfs_quota_us"); err != nil || quota != 2*cpuPeriod {
				t.Errorf("quota %d, %v", quota, err)
			}
		}
	})
}

// wantIdle checks the top group, on kernels that have idle groups.
func wantIdle(t *testing.T, top *tree, want int64) {
	t.Helper()
	if got, err := readInt(top.top, "cpu.idle"); has(top.top, "cpu.idle") && (err != nil || got != want) {
		t.Errorf("cpu.idle is %d, %v; want %d", got, err, want)
	}
}

// A frozen process counts no further while a free one does.
func TestFreezeStopsAndThawStarts(t *testing.T) {
	each(t, func(t *testing.T, m *Manager) {
		if !m.Has(Freeze) {
			t.Skip("no freezer")
		}
		g := newGroup(t, m, Limits{})
		free, err := m.New("free", Limits{})
		if err != nil {
			t.Fatal(err)
		}
		frozenCount, freeCount := startCounter(t, g), startCounter(t, free)
		for range 5 {
			if err := g.Freeze(context.Background()); err != nil {
				t.Fatal(err)
			}
			stopped := frozenCount.Load()
			waitCounted(freeCount)
			if frozen, err := g.Frozen(); err != nil || !frozen {
				t.Errorf("frozen: %v, %v", frozen, err)
			}
			if now := frozenCount.Load(); now != stopped {
				t.Fatalf("a frozen process counted from %d to %d", stopped, now)
			}
			if err := g.Thaw(); err != nil {
				t.Fatal(err)
			}
			waitCounted(frozenCount)
			if frozen, err := g.Frozen(); err != nil || frozen {
				t.Errorf("frozen after thaw: %v, %v", frozen, err)
			}
		}
	})
}

func startCounter(t *testing.T, g *Group) *atomic.Int64 {
	t.Helper()
	file := path.Join(t.TempDir(), "counter")
	counter, err := openCounter(file)
	if err != nil {
		t.Fatal(err)
	}
	start(t, g, "count", file)
	return counter
}

// waitCounted returns when the counter has gone on for a while. A counter that
// stands still is found by the test's deadline.
func waitCounted(counter *atomic.Int64) {
	for from := counter.Load(); counter.Load() < from+100_000; {
		runtime.Gosched()
	}
}

func TestFreezeEndsWithContext(t *testing.T) {
	each(t, func(t *testing.T, m *Manager) {
		g := newGroup(t, m, Limits{})
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		// An empty group is frozen at once; what counts is that neither hangs.
		err := g.Freeze(ctx)
		if err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
}

func TestKillFifty(t *testing.T) {
	for _, frozen := range []bool{false, true} {
		each(t, func(t *testing.T, m *Manager) {
			g := newGroup(t, m, Limits{Memory: fallow.GiB, Procs: 1000})
			p := start(t, g, "breed", "50")
			if p.first != "ready 50" {
				t.Fatalf("the child said %q", p.first)
			}
			if frozen {
				if err := g.Freeze(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			if err := g.Kill(); err != nil {
				t.Fatal(err)
			}
			wantEmpty(t, g)
			if got := p.signalled(); got != syscall.SIGKILL {
				t.Errorf("the parent ended by %v", got)
			}
		})
	}
}

func TestRemoveKillsFirst(t *testing.T) {
	each(t, func(t *testing.T, m *Manager) {
		g := newGroup(t, m, Limits{})
		p := start(t, g, "breed", "5")
		if err := g.Remove(); err != nil {
			t.Fatal(err)
		}
		if got := p.signalled(); got != syscall.SIGKILL {
			t.Errorf("the process ended by %v", got)
		}
		if err := g.Remove(); err != nil {
			t.Errorf("once more: %v", err)
		}
	})
}

// What an agent left is found by its successor, even if frozen or half removed.
func TestSweepFindsWhatIsLeft(t *testing.T) {
	each(t, func(t *testing.T, m *Manager) {
		left, err := m.New("left", Limits{})
		if err != nil {
			t.Fatal(err)
		}
		p := start(t, left, "breed", "3")
		if err := left.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, err := m.New("half", Limits{}); err != nil {
			t.Fatal(err)
		}
		if err := m.trees[0].top.Remove("half"); err != nil {
			t.Fatal(err)
		}
		kind := "all"
		if m.Kind() == "v1" {
			kind = "v1"
		}
		next := openKind(t, kind, path.Base(m.trees[0].path))
		if err := next.Sweep(); err != nil {
			t.Fatal(err)
		}
		if got := p.signalled(); got != syscall.SIGKILL {
			t.Errorf("the process left ended by %v", got)
		}
		if names, err := next.left(); err != nil || len(names) > 0 {
			t.Errorf("left after the sweep: %v, %v", names, err)
		}
	})
}

// The way out for PID 1 when the agent died while all was frozen.
func TestThawFileLetsTheKilledDie(t *testing.T) {
	each(t, func(t *testing.T, m *Manager) {
		g := newGroup(t, m, Limits{})
		p := start(t, g, "breed", "1")
		file, err := g.ThawFile()
		if err != nil {
			t.Fatal(err)
		}
		if m.use[Freeze].version == 2 {
			if file != nil {
				t.Error("version 2 needs no such file")
			}
			return
		}
		defer file.Close()
		if err := g.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if frozen, err := g.Frozen(); err != nil || !frozen {
			t.Fatalf("frozen: %v, %v", frozen, err)
		}
		if _, err := file.WriteString("THAWED"); err != nil {
			t.Fatal(err)
		}
		if got := p.signalled(); got != syscall.SIGKILL {
			t.Errorf("the process ended by %v", got)
		}
	})
}

func TestAddMovesARunningProcess(t *testing.T) {
	each(t, func(t *testing.T, m *Manager) {
		g := newGroup(t, m, Limits{})
		cmd := exec.Command("sleep", "1000")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Wait()
		defer cmd.Process.Kill()
		if err := g.Add(cmd.Process.Pid); err != nil {
			t.Fatal(err)
		}
		for i, tr := range m.trees {
			if pids, err := g.members(i); err != nil || len(pids) != 1 || pids[0] != cmd.Process.Pid {
				t.Errorf("in %s: members %v, %v", tr, pids, err)
			}
		}
		if err := g.Add(1 << 30); err == nil {
			t.Error("a process that doesn't exist was added")
		}
	})
}

// The agent's thread must be where it was, or its own memory would count.
func TestWithinBringsTheThreadBack(t *testing.T) {
	each(t, func(t *testing.T, m *Manager) {
		g := newGroup(t, m, Limits{})
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		before := threadGroups(t)
		start(t, g, "breed", "1")
		if after := threadGroups(t); after != before {
			t.Errorf("the thread was in\n%sand is in\n%s", before, after)
		}
		wrong := fmt.Errorf("start failed")
		if err := g.Within(func() error { return wrong }); err == nil || !strings.Contains(err.Error(), wrong.Error()) {
			t.Errorf("got %v, want %v", err, wrong)
		}
	})
}

func threadGroups(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/thread-self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestNamesAreChecked(t *testing.T) {
	for _, name := range []string{"", "a/b", "..", ".", "cgroup.procs", "a\nb"} {
		if _, err := Open(name); fallow.CodeOf(err) != fallow.CodeInvalid {
			t.Errorf("Open(%q): %v", name, err)
		}
		if _, err := new(Manager).New(name, Limits{}); fallow.CodeOf(err) != fallow.CodeInvalid {
			t.Errorf("New(%q): %v", name, err)
		}
	}
}

func TestGroupNamesAreUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, m *Manager) {
		g := newGroup(t, m, Limits{})
		p := start(t, g, "breed", "1")
		if _, err := m.New("attempt", Limits{}); err == nil {
			t.Fatal("a group was given away twice")
		}
		if err := p.Process.Signal(syscall.Signal(0)); err != nil {
			t.Errorf("the first group's process was hurt: %v", err)
		}
	})
}

// Without swap nothing can go, but nothing may break either.
func TestPageOutDoesNoHarm(t *testing.T) {
	each(t, func(t *testing.T, m *Manager) {
		g := newGroup(t, m, Limits{Memory: fallow.GiB})
		counter := startCounter(t, g)
		if err := g.PageOut(); err != nil {
			t.Fatal(err)
		}
		waitCounted(counter)
	})
}
