package initproc

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"fallow/internal/evm/internal/portal"
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
	if memory, err := c.memory(os.Getpid()); err != nil || memory == 0 {
		t.Errorf("this test uses %d bytes of memory, %v", memory, err)
	}
}

func TestStoppedStates(t *testing.T) {
	for state, want := range map[byte]bool{'R': false, 'S': false, 'D': false, 'T': true, 't': true, 'Z': true, 'X': true, 'I': false} {
		if stopped(state) != want {
			t.Errorf("state %c counts as stopped: %v", state, !want)
		}
	}
}

// TestBlindCensusIsTold checks that the controller learns, once, of counts that fail.
func TestBlindCensusIsTold(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours := os.NewFile(uintptr(fds[0]), "portal")
	defer ours.Close()
	failed := 0
	for range 3 * maxBlindness {
		failed = census{proc: -1}.tell(newLifeline(fds[1]), failed)
	}
	if err := unix.Close(fds[1]); err != nil {
		t.Fatal(err)
	}
	kind, payload, err := portal.Read(ours)
	if err != nil || kind != portal.KindBlind {
		t.Fatalf("kind %d, %v", kind, err)
	}
	if blind, err := portal.DecodeBlind(payload); err != nil || blind.Text == "" {
		t.Errorf("blind %v, %v", blind, err)
	}
	if kind, _, err := portal.Read(ours); err != io.EOF {
		t.Errorf("a second message, of kind %d, %v", kind, err)
	}
}

func TestFields(t *testing.T) {
	status := []byte("Name:\tRssAnon: 7 kB\nRssAnon:\t      12 kB\nVmPTE:\t 4 kB\n")
	for name, want := range map[string]int64{"RssAnon:": 12 << 10, "VmPTE:": 4 << 10, "VmSwap:": 0} {
		if got := field(status, name); got != want {
			t.Errorf("%s %d, want %d", name, got, want)
		}
	}
}

// TestUnlinkedFiles finds a file of this test that has lost its name.
func TestUnlinkedFiles(t *testing.T) {
	proc, err := unix.Open("/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(proc)
	file, err := os.Create(filepath.Join(t.TempDir(), "nameless"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var stat unix.Stat_t
	if err := errors.Join(os.Remove(file.Name()), file.Truncate(0), unix.Fstat(int(file.Fd()), &stat)); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	u := unlinked{census: census{proc: proc}, devices: map[uint64]bool{stat.Dev: true}}
	found := map[inode]int64{}
	for range 2 { // each file counts once
		if err := u.look("self/fd", found); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := found[inode{stat.Dev, stat.Ino}]; !ok {
		t.Errorf("the nameless file is missing in %v", found)
	}
}
