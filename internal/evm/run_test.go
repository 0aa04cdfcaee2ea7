package evm_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"fallow"
	"fallow/internal/evm"
	"fallow/internal/evm/evmtest"
)

// TestEnds runs small programs and looks at how they end.
func TestEnds(t *testing.T) {
	t.Setenv("SECRET_OF_THE_HOST", "x")
	m := newMachine(t)
	for _, c := range []struct {
		name   string
		spec   evm.Spec
		kind   fallow.OutcomeKind
		code   int
		signal string
		limit  string
		out    string // exactly, unless it starts with "~"
	}{
		{name: "hello", spec: evm.Spec{Argv: shell("echo hello; echo oops >&2")}, kind: fallow.Succeeded, out: "hello\n"},
		{name: "exit code", spec: evm.Spec{Argv: shell("exit 42")}, kind: fallow.Failed, code: 42},
		{name: "looked up in PATH", spec: evm.Spec{Argv: []string{"true"}}, kind: fallow.Succeeded},
		{name: "stdin is empty", spec: evm.Spec{Argv: shell("cat; echo $?")}, kind: fallow.Succeeded, out: "0\n"},
		{name: "environment", spec: evm.Spec{Argv: []string{"/usr/bin/env"}, Env: []string{"A=b", "HOME=/tmp"}}, kind: fallow.Succeeded,
			out: "PATH=/usr/local/bin:/usr/bin:/bin\nTMPDIR=/tmp\nLANG=C.UTF-8\nA=b\nHOME=/tmp\n"},
		{name: "identity", spec: evm.Spec{Argv: []string{"/usr/bin/id"}}, kind: fallow.Succeeded, out: "~uid=1000(job) gid=1000(job) groups=1000(job)"},
		{name: "host name", spec: evm.Spec{Argv: shell("uname -n; cat /etc/hostname; pwd")}, kind: fallow.Succeeded, out: "evm\nevm\n/work\n"},
		{name: "segmentation fault", spec: evm.Spec{Argv: shell("echo near the end >&2; kill -SEGV $$")}, kind: fallow.Crashed, code: -1, signal: "SIGSEGV"},
		{name: "abort", spec: evm.Spec{Argv: shell("kill -ABRT $$")}, kind: fallow.Crashed, code: -1, signal: "SIGABRT"},
		{name: "children die with it", spec: evm.Spec{Argv: shell("setsid sleep 1000 & echo gone")}, kind: fallow.Succeeded, out: "gone\n"},
		{name: "run time", spec: evm.Spec{Argv: []string{"/bin/sleep", "1000"}, Limits: evm.Limits{Time: 300 * time.Millisecond}}, kind: fallow.TooLong, code: -1, limit: evm.LimitTime},
		{name: "output", spec: evm.Spec{Argv: shell("while :; do echo yes yes yes; done"), Limits: evm.Limits{Output: 1 * fallow.MiB}}, kind: fallow.OverLimit, code: -1, limit: evm.LimitOutput, out: "~yes"},
		{name: "memory", spec: evm.Spec{Argv: []string{"python3", "-c", "x = bytearray(300<<20); import time; time.sleep(60)"}, Limits: evm.Limits{Memory: 64 * fallow.MiB}}, kind: fallow.OverLimit, code: -1, limit: evm.LimitMemory},
		{name: "memory by files", spec: evm.Spec{Argv: shell("dd if=/dev/zero of=/tmp/x bs=1M count=200; sleep 60"), Limits: evm.Limits{Memory: 64 * fallow.MiB, Scratch: 1 * fallow.GiB}}, kind: fallow.OverLimit, code: -1, limit: evm.LimitMemory},
		{name: "scratch is bounded", spec: evm.Spec{Argv: shell("dd if=/dev/zero of=/tmp/x bs=1M count=200 2>/dev/null; echo $?"), Limits: evm.Limits{Scratch: 8 * fallow.MiB}}, kind: fallow.Succeeded, out: "1\n"},
		{name: "fork bomb", spec: evm.Spec{Argv: shell("b() { b | b & }; b; sleep 60"), Limits: evm.Limits{Procs: 40}}, kind: fallow.OverLimit, code: -1, limit: evm.LimitProcs},
		{name: "file size", spec: evm.Spec{Argv: []string{"dd", "if=/dev/zero", "of=/tmp/x", "bs=1M", "count=20"}, Limits: evm.Limits{FileSize: 4 * fallow.MiB}}, kind: fallow.OverLimit, code: -1, limit: evm.LimitFileSize, signal: "SIGXFSZ"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(t, m, c.spec)
			if r.kind() != c.kind || r.Code != c.code || r.Signal != c.signal || r.Limit != c.limit {
				t.Errorf("kind %q, code %d, signal %q, limit %q; want %q, %d, %q, %q\n%+v", r.kind(), r.Code, r.Signal, r.Limit, c.kind, c.code, c.signal, c.limit, r)
			}
			if part, ok := strings.CutPrefix(c.out, "~"); ok && strings.HasPrefix(r.out, part) {
				return
			}
			if r.out != c.out {
				t.Errorf("output %q, want %q; standard error: %s", r.out, c.out, r.err)
			}
		})
	}
}

// TestCrashReport checks that the owner of a job learns what a crash looked like.
func TestCrashReport(t *testing.T) {
	r := run(t, newMachine(t), evm.Spec{Argv: shell("echo step 7 of 9; kill -SEGV $$")})
	o := r.Outcome()
	for _, part := range []string{"SIGSEGV", "memory", "step 7 of 9"} {
		if !strings.Contains(o.Reason, part) {
			t.Errorf("reason %q lacks %q", o.Reason, part)
		}
	}
	if o.Tail != "step 7 of 9\n" || o.Signal != "SIGSEGV" {
		t.Errorf("outcome %+v", o)
	}
}

// TestDirectories checks who may read and write what.
func TestDirectories(t *testing.T) {
	in, work, out := t.TempDir(), t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(in, "data"), []byte("input\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := run(t, newMachine(t), evm.Spec{In: in, Work: work, Out: out, Argv: shell(`
		cat /in/data
		for f in /in/x /in/data /etc/x /etc/passwd /usr/bin/x /x /proc/x /dev/x; do (echo y >$f) 2>/dev/null && echo "wrote $f"; done
		rm -f /in/data 2>/dev/null; mkdir /in/d 2>/dev/null
		echo kept >/out/result && echo scratch >/work/note && echo t >/tmp/t && echo s >/dev/shm/s && echo "wrote"`)})
	if r.out != "input\nwrote\n" || r.Code != 0 {
		t.Errorf("output %q, code %d, standard error %q", r.out, r.Code, r.err)
	}
	content, err := os.ReadFile(filepath.Join(out, "result"))
	if err != nil || string(content) != "kept\n" {
		t.Errorf("result %q, %v", content, err)
	}
	if entries, err := os.ReadDir(in); err != nil || len(entries) != 1 {
		t.Errorf("/in was changed: %v, %v", entries, err)
	}
	if r.Usage.Disk == 0 {
		t.Error("no disk usage was counted")
	}
}

func TestDiskLimits(t *testing.T) {
	m := newMachine(t)
	for _, c := range []struct {
		name, script, limit string
		limits              evm.Limits
	}{
		{"many files", `i=0; while :; do dd if=/dev/zero of=/out/$i bs=64k count=4 2>/dev/null; i=$((i+1)); done`, evm.LimitDisk, evm.Limits{Disk: 4 * fallow.MiB}},
		{"many names", `i=0; while :; do : >/work/$i; i=$((i+1)); done`, evm.LimitFiles, evm.Limits{Files: 100}},
		{"at the very end", `for i in 1 2 3 4 5 6 7 8; do dd if=/dev/zero of=/out/$i bs=1M count=1 2>/dev/null; done`, evm.LimitDisk, evm.Limits{Disk: 4 * fallow.MiB, FileSize: 2 * fallow.MiB}},
		{"without names", `exec 3>/work/x; rm /work/x; dd if=/dev/zero bs=1M count=20 >&3 2>/dev/null; sleep 100`, evm.LimitDisk, evm.Limits{Disk: 4 * fallow.MiB, FileSize: 100 * fallow.MiB}},
		{"closed folder", `mkdir -p /work/d/e; dd if=/dev/zero of=/work/d/e/x bs=1M count=2 2>/dev/null; chmod 0 /work/d/e; chmod 0600 /work/d; chmod 0 /work; sleep 1`, "", evm.Limits{Disk: 4 * fallow.MiB}},
		{"too much in a closed folder", `mkdir /out/d; for i in 1 2 3; do dd if=/dev/zero of=/out/d/$i bs=1M count=3 2>/dev/null; done; chmod 0 /out/d; sleep 100`, evm.LimitDisk, evm.Limits{Disk: 4 * fallow.MiB}},
		{"depth", `cd /work; i=0; while [ $i -lt 300 ]; do mkdir d; cd d; i=$((i+1)); done; sleep 100`, evm.LimitDisk, evm.Limits{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(t, m, evm.Spec{Work: t.TempDir(), Out: t.TempDir(), Argv: shell(c.script), Limits: c.limits})
			if r.Limit != c.limit {
				t.Errorf("limit %q, want %q: %+v", r.Limit, c.limit, r)
			}
		})
	}
}

// TestSharedMemory checks that memory which no process has for itself counts too.
func TestSharedMemory(t *testing.T) {
	m := newMachine(t)
	for name, argv := range map[string][]string{
		"mapped":   {"/usr/bin/python3", "-c", "import mmap, time\nm = mmap.mmap(-1, 200 << 20)\nfor i in range(0, len(m), 4096): m[i] = 1\ntime.sleep(100)"},
		"system V": {"/usr/bin/perl", "-e", `$id = shmget(0, 200 << 20, 01600) // die; shmwrite($id, "x" x (1 << 20), $_ << 20, 1 << 20) for 0..199; sleep 100`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := os.Stat(argv[0]); err != nil {
				t.Skipf("%s is not installed", argv[0])
			}
			r := run(t, m, evm.Spec{Argv: argv, Limits: evm.Limits{Memory: 100 * fallow.MiB}})
			if r.Limit != evm.LimitMemory {
				t.Errorf("limit %q, want %q: %+v", r.Limit, evm.LimitMemory, r)
			}
		})
	}
}

// TestBrokenFromWithin checks that an end of PID 1 while the program runs is not the
// node's fault: the runtime of PID 1 exits at SIGQUIT.
func TestBrokenFromWithin(t *testing.T) {
	r := start(t, newMachine(t), evm.Spec{Argv: []string{"sleep", "1000"}})
	programs := evmtest.Programs(t, hostUser())
	for _, pid := range evmtest.Sandboxed(t, hostUser()) {
		if slices.Contains(programs, pid) {
			continue
		}
		if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
			t.Fatal(err)
		}
	}
	o := r.Wait().Outcome()
	if o.Kind != fallow.Crashed || !strings.Contains(o.Reason, "its sandbox was ended from within") {
		t.Errorf("outcome %+v", o)
	}
}

// TestStartErrors checks that a program that can't start says whose fault it is.
func TestStartErrors(t *testing.T) {
	m := newMachine(t)
	tree, systems := toolTree(t)
	for _, c := range []struct {
		name string
		spec evm.Spec
		code fallow.Code
		kind fallow.OutcomeKind
	}{
		{"no such command", evm.Spec{Name: "a", Tree: tree, Systems: systems, Argv: []string{"nosuch"}}, fallow.CodeNotFound, fallow.Failed},
		{"no such path", evm.Spec{Name: "a", Tree: tree, Systems: systems, Argv: []string{"/bin/nosuch"}}, fallow.CodeNotFound, fallow.Failed},
		{"not executable", evm.Spec{Name: "a", Tree: tree, Systems: systems, Argv: []string{"/etc/passwd"}}, fallow.CodeNotFound, fallow.Failed},
		{"no command", evm.Spec{Name: "a", Tree: tree}, fallow.CodeInvalid, fallow.Failed},
		{"bad name", evm.Spec{Name: "../a", Tree: tree, Argv: []string{"true"}}, fallow.CodeInvalid, fallow.Failed},
		{"bad profile", evm.Spec{Name: "a", Tree: tree, Argv: []string{"true"}, Profile: "loose"}, fallow.CodeInvalid, fallow.Failed},
		{"no such tree", evm.Spec{Name: "a", Tree: "/nosuch", Argv: []string{"true"}}, fallow.CodeUnsupported, fallow.NotStarted},
		{"no such system", evm.Spec{Name: "a", Tree: tree, Systems: []string{"/nosuch"}, Argv: []string{"true"}}, fallow.CodeUnsupported, fallow.NotStarted},
		{"no mount point", evm.Spec{Name: "a", Tree: tree, Systems: []string{"/usr/share/doc"}, Argv: []string{"true"}}, fallow.CodeUnsupported, fallow.NotStarted},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := m.Start(t.Context(), c.spec)
			if err == nil || fallow.CodeOf(err) != c.code {
				t.Fatalf("error %v of code %q, want code %q", err, fallow.CodeOf(err), c.code)
			}
			if o := evm.StartOutcome(err); o.Kind != c.kind || o.Reason == "" {
				t.Errorf("outcome %+v, want kind %q", o, c.kind)
			}
		})
	}
}

// TestMachineErrors checks what a machine refuses.
func TestMachineErrors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "evm")
	m, err := evm.Open(config(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evm.Open(config(t, dir)); fallow.CodeOf(err) != fallow.CodeConflict {
		t.Errorf("a second machine in one directory: %v", err)
	}
	tree, _ := toolTree(t)
	spec := evm.Spec{Name: "a", Tree: tree, Argv: []string{"sleep", "1000"}}
	first, err := m.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Start(t.Context(), spec); fallow.CodeOf(err) != fallow.CodeConflict {
		t.Errorf("a second run of one name: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if e := first.Wait(); e.Outcome().Kind != fallow.Cancelled {
		t.Errorf("a run at the machine's close: %+v", e)
	}
	if _, err := m.Start(t.Context(), spec); fallow.CodeOf(err) != fallow.CodeUnavailable {
		t.Errorf("a run on a closed machine: %v", err)
	}
	nothingLeft(t, dir)
}

// TestOutputByName checks that a program can open its standard streams by name, as
// scripts do.
func TestOutputByName(t *testing.T) {
	m := newMachine(t)
	got := run(t, m, evm.Spec{Argv: shell("echo one > /dev/stdout; echo two >> /dev/stderr")})
	if got.Code != 0 || got.out != "one\n" || got.err != "two\n" {
		t.Errorf("output by name: %+v", got)
	}
}
