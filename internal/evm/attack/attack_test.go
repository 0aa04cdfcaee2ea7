package attack

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"fallow"
	"fallow/internal/evm"
	"fallow/internal/evm/evmtest"
)

//go:embed probes
var sources embed.FS

// Users that exist on no machine by themselves.
const (
	sandboxUser  = 64811
	ordinaryUser = 64812
)

func TestMain(m *testing.M) { evmtest.Main(m) }

// TestRootless runs all of it again as an ordinary user.
func TestRootless(t *testing.T) { evmtest.AsUser(t, ordinaryUser) }

// target is what probes try to reach on the host.
type target struct {
	port   int
	socket string
}

// newTarget listens on the host's loopback and on an abstract socket.
func newTarget(t *testing.T) target {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tcp.Close() })
	name := fmt.Sprintf("fallow-attack-%d", os.Getpid())
	unix, err := net.Listen("unix", "@"+name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close() })
	return target{tcp.Addr().(*net.TCPAddr).Port, name}
}

// loaders are the dynamic loaders by architecture.
var loaders = map[string]string{"amd64": "/lib64/ld-linux-x86-64.so.2", "arm64": "/lib/ld-linux-aarch64.so.1"}

// compile builds the probes, or skips where there is no compiler.
func compile(t *testing.T, to target) string {
	t.Helper()
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("no gcc to build the probes: apt-get install gcc libc6-dev")
	}
	dir := t.TempDir()
	files, err := fs.Glob(sources, "probes/*")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{
		"-O1", "-w", "-o", filepath.Join(dir, "probe"), fmt.Sprintf("-DLOADER=%q", loaders[runtime.GOARCH]),
		fmt.Sprintf("-DHOST_PORT=%d", to.port), fmt.Sprintf("-DHOST_SOCKET=%q", to.socket),
	}
	for _, name := range files {
		content, err := sources.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(path) == ".c" {
			args = append(args, path)
		}
	}
	if output, err := exec.Command(gcc, args...).CombinedOutput(); err != nil {
		t.Fatalf("build the probes: %v\n%s", err, output)
	}
	return filepath.Join(dir, "probe")
}

// attacker runs probes in sandboxes.
type attacker struct {
	machine *evm.Machine
	tree    string
	in      string
	count   int
}

func newAttacker(t *testing.T) *attacker {
	t.Helper()
	probe := compile(t, newTarget(t))
	tree := evmtest.NewTree(t).AddAt(probe, "/usr/bin/probe").AddProgram("/bin/sh")
	in := t.TempDir()
	content, err := os.ReadFile(probe)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(in, "probe"), content, 0o755); err != nil {
		t.Fatal(err)
	}
	m, err := evm.Open(evm.Config{
		Dir: filepath.Join(t.TempDir(), "evm"), Init: evmtest.Init(t), HostUID: sandboxUser,
		Group: fmt.Sprintf("fallow-attack-%d", os.Getpid()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return &attacker{machine: m, tree: tree.Dir, in: in}
}

// try runs one probe in a sandbox of its own and gives its answer.
func (a *attacker) try(t *testing.T, profile fallow.Profile, name string) string {
	t.Helper()
	a.count++
	var out bytes.Buffer
	run, err := a.machine.Start(t.Context(), evm.Spec{
		Name: fmt.Sprint(a.count), Profile: profile, Tree: a.tree, In: a.in, Work: t.TempDir(), Out: t.TempDir(),
		Argv: []string{"/usr/bin/probe", name}, Stdout: &out,
	})
	if err != nil {
		t.Fatal(err)
	}
	exit := run.Wait()
	switch {
	case exit.Signal != "":
		return "killed " + exit.Signal
	case out.Len() > 0:
		return strings.TrimSpace(out.String())
	case exit.Code == 0: // the probe became another program
		return "through"
	}
	return fmt.Sprintf("exit %d", exit.Code)
}

func TestStrict(t *testing.T) { attack(t, fallow.ProfileStrict, nil) }

func TestJIT(t *testing.T) { attack(t, fallow.ProfileJIT, jitGrants) }

// attack runs every probe, each of which must end as the table says.
func attack(t *testing.T, profile fallow.Profile, grants map[string]string) {
	a := newAttacker(t)
	for _, name := range a.list(t) {
		t.Run(name, func(t *testing.T) {
			want, ok := expected[name]
			if grant, granted := grants[name]; granted {
				want, ok = grant, true
			}
			if !ok {
				t.Fatalf("no expected result in the table; it is %q", a.try(t, profile, name))
			}
			if got := a.try(t, profile, name); !matches(want, got) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

// list asks the probes for their names, so that none is forgotten in the table.
func (a *attacker) list(t *testing.T) []string {
	t.Helper()
	return strings.Fields(a.try(t, fallow.ProfileStrict, "list"))
}

func matches(want, got string) bool {
	for alternative := range strings.SplitSeq(want, "|") {
		if alternative == got {
			return true
		}
	}
	return false
}
