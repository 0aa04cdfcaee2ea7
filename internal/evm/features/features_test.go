package features

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProbeIsFitForReading(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[string]bool{}
	for _, f := range Probe() {
		if !name.MatchString(f.Name) || seen[f.Name] {
			t.Errorf("feature %q: the name is not plain, or used twice", f.Name)
		}
		seen[f.Name] = true
		if f.Detail == "" {
			t.Errorf("%s: no detail", f.Name)
		}
		checkWords(t, f)
	}
}

// checkWords wants nothing to do where all is well, else one sentence of advice.
func checkWords(t *testing.T, f Feature) {
	switch f.Status {
	case OK:
		if f.Fallback != "" || f.Advice != "" {
			t.Errorf("%s is ok, but has fall-back %q and advice %q", f.Name, f.Fallback, f.Advice)
		}
	case Degraded, Missing:
		sentence := regexp.MustCompile(`^[A-Z].*[^.]\.$`)
		if !sentence.MatchString(f.Advice) {
			t.Errorf("%s: the advice %q is not a sentence", f.Name, f.Advice)
		}
		if f.Status == Degraded && f.Fallback == "" {
			t.Errorf("%s is degraded, but no fall-back is named", f.Name)
		}
	default:
		t.Errorf("%s: unknown status %q", f.Name, f.Status)
	}
}

func TestProbeLeavesNothingBehind(t *testing.T) {
	before := state(t)
	Probe()
	if diff := cmp.Diff(before, state(t)); diff != "" {
		t.Errorf("probing changed the machine (-before +after):\n%s", diff)
	}
}

// state is what a careless probe would change: mounts, control groups, open files,
// children, securing bits.
func state(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, path := range []string{"/proc/self/mountinfo", "/proc/self/cgroup"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		target, err := os.Readlink("/proc/self/fd/" + f.Name())
		if err == nil && !strings.Contains(target, "anon_inode") && !strings.HasPrefix(target, "/proc/") {
			all = append(all, target)
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if key, _, _ := strings.Cut(line, ":"); key == "Seccomp" || key == "NoNewPrivs" || key == "CapEff" {
			all = append(all, line)
		}
	}
	return all
}

// What works for root need not work for others, so that the same tests run as both.
func TestProbeAsNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("runs as an ordinary user already")
	}
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	cmd := exec.Command("/proc/self/fd/3", "-test.run=^TestProbe(IsFit|Leaves)", "-test.v")
	cmd.ExtraFiles = []*os.File{self}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	output, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: TestProbeLeaves") {
		t.Fatalf("as uid 65534: %v\n%s", err, output)
	}
}

func TestMissingNamespaceIsSeen(t *testing.T) {
	if err := inNamespaces(syscall.CLONE_NEWUSER, "false"); err == nil {
		t.Error("a child that fails was taken for a success")
	}
	if err := inNamespaces(sandboxNamespaces, "mount", "-t", "no-such-type", "x", "/mnt"); err == nil ||
		!strings.HasPrefix(err.Error(), "mount: /mnt: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a mount that can't be: got %v, want the first line that mount said", err)
	}
}

func TestOpenable(t *testing.T) {
	if f := openable("/dev/null"); f.Status != OK {
		t.Errorf("/dev/null: %+v", f)
	}
	if f := openable(t.TempDir() + "/none"); f.Status != Missing || !strings.Contains(f.Detail, "none") {
		t.Errorf("no such device: %+v", f)
	}
}

func TestParseRelease(t *testing.T) {
	for text, want := range map[string][2]int{
		"6.18.44-fc-v657": {6, 18}, "5.15.0-91-generic": {5, 15}, "6.6": {6, 6},
		"4.18.0-553.el8.x86_64": {4, 18}, "6": {}, "": {}, "linux": {},
	} {
		if got := parseRelease(text); got != want {
			t.Errorf("parseRelease(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestBefore(t *testing.T) {
	ordered := [][2]int{{}, {4, 19}, {5, 4}, {5, 15}, {6, 0}, {6, 12}}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := before(a, b); got != (i < j) {
				t.Errorf("before(%v, %v) = %v", a, b, got)
			}
		}
	}
}
