package cgroup

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// childMode makes the test binary a process to be put into groups.
const childMode = "FALLOW_TEST_CGROUP"

func TestMain(m *testing.M) {
	switch mode := os.Getenv(childMode); mode {
	case "":
		os.Exit(m.Run())
	case "count":
		count(os.Args[1])
	case "eat":
		eat()
	case "breed":
		breed(os.Args[1])
	}
}

// count counts in shared memory for ever.
func count(path string) {
	counter, err := openCounter(path)
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	fmt.Println("ready")
	for {
		counter.Add(1)
	}
}

// eat uses ever more memory, up to a GiB.
func eat() {
	fmt.Println("ready")
	var eaten [][]byte
	for range 1024 {
		block := make([]byte, 1<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		eaten = append(eaten, block)
	}
	fmt.Println("ate", len(eaten), "MiB")
	os.Exit(0)
}

// breed starts processes up to a number, says how many, and stays.
func breed(number string) {
	most, err := strconv.Atoi(number)
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	born := 0
	for born < most {
		if exec.Command("sleep", "1000").Start() != nil {
			break
		}
		born++
	}
	fmt.Println("ready", born)
	unix.Pause()
	os.Exit(2)
}

// openCounter maps a file of eight bytes.
func openCounter(path string) (*atomic.Int64, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := f.Truncate(8); err != nil {
		return nil, err
	}
	memory, err := unix.Mmap(int(f.Fd()), 0, 8, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return (*atomic.Int64)(unsafe.Pointer(&memory[0])), nil
}

// managers counts the top groups of this test process, for names.
var managers atomic.Int64

// newName is a name that no other test has.
func newName() string {
	return fmt.Sprintf("fallow-test-%d-%d", os.Getpid(), managers.Add(1))
}

// each runs a test with what the machine offers, and with version 1 alone if there
// is one.
func each(t *testing.T, test func(t *testing.T, m *Manager)) {
	if os.Geteuid() != 0 {
		t.Skip("needs groups, which here only root has")
	}
	for _, kind := range []string{"all", "v1"} {
		t.Run(kind, func(t *testing.T) {
			m := openKind(t, kind, newName())
			if m.Kind() == "none" {
				t.Skip("this machine has no such groups")
			}
			test(t, m)
		})
	}
}

// openKind opens a manager that is gone, with all in it, when the test ends.
func openKind(t *testing.T, kind, name string) *Manager {
	t.Helper()
	mounts, member, err := look()
	if err != nil {
		t.Fatal(err)
	}
	if kind == "v1" {
		mounts = slices.DeleteFunc(mounts, func(m mount) bool { return m.version != 1 })
	}
	m := &Manager{}
	m.openTrees(mounts, member, name)
	// What is tested is not how long a busy machine keeps the groups waiting.
	if err := m.raiseWeight(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Sweep(); err != nil {
			t.Error(err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		for _, at := range mounts {
			if _, err := os.Stat(at.point + "/" + name); err == nil {
				t.Errorf("%s/%s is left", at.point, name)
			}
		}
	})
	return m
}

func newGroup(t *testing.T, m *Manager, l Limits) *Group {
	t.Helper()
	g, err := m.New("attempt", l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Remove(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// process is a child in a group. Its first line was read; its end is awaited once.
type process struct {
	*exec.Cmd
	first string
}

// start starts the test binary in a mode, within the group.
func start(t *testing.T, g *Group, mode string, args ...string) *process {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := &process{Cmd: exec.Command("/proc/self/exe", args...)}
	p.Env = append(os.Environ(), childMode+"="+mode)
	p.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: g.FD() >= 0, CgroupFD: g.FD()}
	out, err := p.StdoutPipe()
	if err == nil {
		err = g.Within(p.Start)
	}
	if err == nil {
		err = g.Add(p.Process.Pid)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // a defect may have left it out of the group
		p.Process.Kill()
		p.Wait()
	})
	scanner := bufio.NewScanner(out)
	scanner.Scan()
	p.first = scanner.Text()
	if !strings.HasPrefix(p.first, "ready") {
		t.Fatalf("the child said %q", p.first)
	}
	return p
}

// signalled tells which signal ended the process, and waits for that.
func (p *process) signalled() syscall.Signal {
	p.Wait()
	return p.ProcessState.Sys().(syscall.WaitStatus).Signal()
}

// wantEmpty checks that the kernel sees nobody in the group.
func wantEmpty(t *testing.T, g *Group) {
	t.Helper()
	for i := range g.dirs {
		if pids, err := g.members(i); err != nil || len(pids) > 0 {
			t.Errorf("in %s: %d processes are left, %v", g.manager.trees[i], len(pids), err)
		}
	}
}
