package cgroup

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"fallow"
)

// Three ways to start the same program, after a pause as between attempts, because
// the kernel is quick to move processes right after it did so: outside of any
// group, moved into one, and born in one.
func BenchmarkStart(b *testing.B) {
	if os.Geteuid() != 0 {
		b.Skip("needs groups")
	}
	m, err := Open(newName())
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	ways := map[string]func(*Group, *exec.Cmd) error{
		"alone": nil,
		"moved": func(g *Group, cmd *exec.Cmd) error {
			if err := cmd.Start(); err != nil {
				return err
			}
			return g.Add(cmd.Process.Pid)
		},
		"born": func(g *Group, cmd *exec.Cmd) error {
			cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: g.FD() >= 0, CgroupFD: g.FD()}
			return g.Within(cmd.Start)
		},
	}
	for name, way := range ways {
		b.Run(name, func(b *testing.B) { benchmarkWay(b, m, way) })
	}
}

// benchmarkWay reports the median: programs in a group that is last in line wait for
// whatever else the machine does.
func benchmarkWay(b *testing.B, m *Manager, way func(*Group, *exec.Cmd) error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var starts, lives []time.Duration
	for b.Loop() {
		time.Sleep(50 * time.Millisecond)
		begin := time.Now()
		start, end := runOne(b, m, way)
		starts, lives = append(starts, start.Sub(begin)), append(lives, end.Sub(begin))
	}
	slices.Sort(starts)
	slices.Sort(lives)
	b.ReportMetric(float64(starts[len(starts)/2].Microseconds()), "start-µs")
	b.ReportMetric(float64(lives[len(lives)/2].Microseconds()), "life-µs")
}

// runOne tells when the program was started, and when all of it was gone.
func runOne(b *testing.B, m *Manager, way func(*Group, *exec.Cmd) error) (start, end time.Time) {
	cmd := exec.Command("/bin/true")
	g := &Group{manager: m}
	var err error
	if way == nil {
		err = cmd.Start()
	} else if g, err = m.New("bench", Limits{Memory: fallow.GiB, Procs: 100, Cores: 1}); err == nil {
		err = way(g, cmd)
	}
	start = time.Now()
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(cmd.Wait(), g.Remove()); err != nil {
		b.Fatal(err)
	}
	return start, time.Now()
}

func BenchmarkNewRemove(b *testing.B) {
	m, err := Open(newName())
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	for b.Loop() {
		g, err := m.New("bench", Limits{Memory: fallow.GiB, Procs: 100, Cores: 1})
		if err != nil {
			b.Fatal(err)
		}
		if err := g.Remove(); err != nil {
			b.Fatal(err)
		}
	}
}
