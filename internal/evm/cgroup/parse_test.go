package cgroup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fallow"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

var compareMounts = cmp.AllowUnexported(mount{})

func TestParseMounts(t *testing.T) {
	tests := map[string]struct {
		text string
		want []mount
	}{
		"systemd, version 2": {
			"35 24 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n",
			[]mount{{"/sys/fs/cgroup", "/", 2, nil}},
		},
		"hybrid": {
			"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n" +
				"33 31 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n" +
				"34 31 0:31 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n" +
				"41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			[]mount{
				{"/sys/fs/cgroup/cpu,cpuacct", "/", 1, []string{"cpu", "cpuacct"}},
				{"/sys/fs/cgroup/unified", "/", 2, nil},
			},
		},
		"within a container": {
			"500 400 0:29 /docker/ab /sys/fs/cgroup/pids ro master:3 - cgroup cgroup rw,pids\n",
			[]mount{{"/sys/fs/cgroup/pids", "/docker/ab", 1, []string{"pids"}}},
		},
		"twice, and with a space": {
			"1 0 0:1 / /a\\040b rw - cgroup2 none rw\n2 0 0:1 / /c rw - cgroup2 none rw\n",
			[]mount{{"/a b", "/", 2, nil}},
		},
		"others":  {"27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,memory,cgroup\n", nil},
		"garbage": {"a\n - \n1 2 3 4 5 6 - cgroup\n\n", nil},
	}
	for name, tt := range tests {
		if diff := cmp.Diff(tt.want, parseMounts(tt.text), compareMounts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func FuzzParseMounts(f *testing.F) {
	f.Add("41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n")
	f.Add("32 31 0:29 / /sys/fs/cgroup/cpu rw shared:1 master:2 - cgroup cgroup rw,cpu,cpuacct\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range parseMounts(text) {
			if m.version != 2 && len(m.controllers) == 0 {
				t.Errorf("%q: %+v is of no use", text, m)
			}
			if directory, ok := m.directory(m.root); ok && filepath.Clean(m.point) != directory {
				t.Errorf("%q: the root %q appears at %q, not %q", text, m.root, directory, m.point)
			}
		}
	})
}

func TestParseMembership(t *testing.T) {
	got := parseMembership("9:name=systemd:/user\n8:pids:/a:b\n7:cpu,cpuacct:/c\n0::/user.slice/x.scope\nbad\n")
	want := map[string]string{
		"name=systemd": "/user", "pids": "/a:b", "cpu": "/c", "cpuacct": "/c", "": "/user.slice/x.scope",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMountDirectory(t *testing.T) {
	inContainer := mount{point: "/sys/fs/cgroup", root: "/docker/ab"}
	for path, want := range map[string]string{
		"/docker/ab": "/sys/fs/cgroup", "/docker/ab/c": "/sys/fs/cgroup/c",
		"/docker": "", "/docker/abc": "", "/": "", "/../x": "",
	} {
		got, ok := inContainer.directory(path)
		if got != want || ok != (want != "") {
			t.Errorf("%q appears at %q, %v; want %q", path, got, ok, want)
		}
	}
}

// fakeTree lays out directories and files as version 2 does, where only their names
// and contents matter: no kernel stands behind them.
func fakeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// As root what counts is systemd's mark.
func TestV2ParentFollowsDelegation(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("directories of one's own count as delegated")
	}
	root := fakeTree(t, map[string]string{
		"system.slice/agent.service/top.agent/cgroup.procs": "", "user.slice/cgroup.procs": "",
	})
	service := filepath.Join(root, "system.slice/agent.service")
	if err := unix.Setxattr(service, "user.delegate", []byte("1"), 0); err != nil {
		t.Skipf("no extended attributes here: %v", err)
	}
	at := mount{point: root, root: "/", version: 2}
	for own, want := range map[string]string{
		"/system.slice/agent.service":           "/system.slice/agent.service",
		"/system.slice/agent.service/top.agent": "/system.slice/agent.service",
		"/system.slice/agent.service/init":      "/system.slice/agent.service",
		"/system.slice":                         "/",
		"/user.slice":                           "/",
		"/":                                     "/",
		"/../outside":                           "/",
	} {
		path, directory := v2Parent(at, own, "top")
		if path != want || directory != filepath.Join(root, want) {
			t.Errorf("in %s: top group in %s at %s, want %s", own, path, directory, want)
		}
	}
}

func TestDelegatePassesControllersDown(t *testing.T) {
	root := fakeTree(t, map[string]string{
		"cgroup.controllers": "cpuset cpu io memory pids\n", "cgroup.subtree_control": "", "cgroup.type": "domain\n",
		"top.agent/cgroup.procs": "", "top/cgroup.subtree_control": "",
	})
	tr, err := openTree(mount{point: root, root: "/", version: 2}, root, "/", "top")
	if err != nil {
		t.Fatal(err)
	}
	defer tr.top.Close()
	defer tr.parent.Close()
	given, err := delegate(tr, "top.agent")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cpu", "memory", "pids"}, given); diff != "" {
		t.Errorf("controllers (-want +got):\n%s", diff)
	}
	leaf, err := os.ReadFile(filepath.Join(root, "top.agent/cgroup.procs"))
	if err != nil || len(leaf) == 0 {
		t.Errorf("the agent did not move: %q, %v", leaf, err)
	}
}

// v2Group is a group in a fake tree with all controllers.
func v2Group(t *testing.T, files map[string]string) (*Group, string) {
	t.Helper()
	inGroup := map[string]string{}
	for name, content := range files {
		inGroup["top/attempt/"+name] = content
	}
	root := fakeTree(t, inGroup)
	tr, err := openTree(mount{point: root, root: "/", version: 2}, root, "/", "top")
	if err != nil {
		t.Fatal(err)
	}
	tr.given = v2Wanted
	m := &Manager{}
	m.adopt(tr)
	m.use[CPUTime] = tr
	g := &Group{manager: m, name: "attempt"}
	if err := g.open(tr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, c := range []interface{ Close() error }{g.handle, g.dirs[0], tr.top, tr.parent} {
			c.Close()
		}
	})
	return g, filepath.Join(root, "top/attempt")
}

func TestV2Limits(t *testing.T) {
	names := []string{"memory.max", "memory.swap.max", "pids.max", "cpu.max"}
	files := map[string]string{}
	for _, name := range names {
		files[name] = ""
	}
	g, directory := v2Group(t, files)
	if err := g.Limit(Limits{Memory: fallow.MiB, Procs: 7, Cores: 3}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(directory, name))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(text))
	}
	if diff := cmp.Diff([]string{"1048576", "0", "7", "300000 100000"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestV2Usage(t *testing.T) {
	g, _ := v2Group(t, map[string]string{
		"cpu.stat":    "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n",
		"memory.peak": "4096\n", "memory.current": "1024\n", "memory.events": "low 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n",
		"pids.current": "3\n", "pids.events": "max 5\n",
	})
	got, err := g.Usage()
	if err != nil {
		t.Fatal(err)
	}
	want := Usage{CPU: 1500 * time.Millisecond, Memory: 4 * fallow.KiB, Procs: 3, OOMKills: 2, ProcsRefused: 5}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestV2PageOutReclaimsAllThatIsThere(t *testing.T) {
	g, directory := v2Group(t, map[string]string{
		"memory.current": "8192\n", "memory.reclaim": "", "memory.swap.max": "",
	})
	if err := g.PageOut(); err != nil {
		t.Fatal(err)
	}
	reclaimed, err := os.ReadFile(filepath.Join(directory, "memory.reclaim"))
	if err != nil || string(reclaimed) != "8192" {
		t.Errorf("reclaimed %q, %v", reclaimed, err)
	}
	swap, err := os.ReadFile(filepath.Join(directory, "memory.swap.max"))
	if err != nil || !strings.HasPrefix(string(swap), "0") {
		t.Errorf("the ban on swap is not back: %q, %v", swap, err)
	}
}

func TestSurveyAgreesWithOpen(t *testing.T) {
	name := newName()
	offers, err := Survey(name)
	if err != nil {
		t.Fatal(err)
	}
	m := openKind(t, "all", name)
	var able [controlCount]bool
	for _, o := range offers {
		for _, c := range o.Controls {
			able[c] = able[c] || o.Denied == ""
		}
	}
	for c := range controlCount {
		if m.Has(c) != able[c] {
			t.Errorf("%s: surveyed %v, opened %v; %s", c, able[c], m.Has(c), strings.Join(m.Describe(), "; "))
		}
	}
}
