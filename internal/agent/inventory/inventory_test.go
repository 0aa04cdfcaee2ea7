package inventory

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"fallow"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"
)

// machine unpacks a machine's files into a new root.
func machine(t *testing.T, name string) string {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	for _, f := range archive.Files {
		path := filepath.Join(root, f.Name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, f.Data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestMeasureMachines(t *testing.T) {
	for name, want := range map[string]fallow.Inventory{
		"desktop-v2": {
			CPUModel: "13th Gen Intel(R) Core(TM) i5-13600K",
			Cores:    1, // of a quota of 1.5
			Memory:   15 * fallow.GiB,
			Systems: []string{
				"/usr/lib/R", "/usr/lib/jvm/java-21-openjdk-amd64", "/usr/lib/python3", "/usr/lib/python3.13",
				"/usr/lib/x86_64-linux-gnu/perl", "/usr/share/perl5",
			},
		},
		"container-v1": {
			CPUModel: "AMD Ryzen 7 5800X 8-Core Processor",
			Cores:    1,
			Memory:   fallow.GiB,
		},
		"board-arm64": {
			CPUModel: "Arm Cortex-A53 + Arm Cortex-A72 + Arm implementer 0x61 part 0x022",
			Cores:    1, // by MaxCores
			Memory:   0, // all is the owner's
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{
				StateDir: t.TempDir(), Version: "1.2", Features: []string{"landlock", "cgroup2"},
				ReserveMemory: DefaultReserveMemory,
			}
			if name == "board-arm64" {
				o.MaxCores = 1
			}
			got, err := measure(t.Context(), machine(t, name), o)
			if err != nil {
				t.Fatal(err)
			}
			want.OS, want.Arch, want.Version = "linux", runtime.GOARCH, "1.2"
			want.Features = []string{"cgroup2", "landlock"}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(fallow.Inventory{}, "CPUSpeed", "Disk"), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			if got.CPUSpeed <= 0 || got.Disk <= 0 {
				t.Errorf("speed %v, disk %v", got.CPUSpeed, got.Disk)
			}
		})
	}
}

func TestMeasureThisMachine(t *testing.T) {
	got, err := Measure(t.Context(), Options{StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if got.Cores < 1 || got.Cores > runtime.NumCPU() || got.Memory <= 0 || got.CPUModel == "" {
		t.Errorf("%+v", got)
	}
	less, err := Measure(t.Context(), Options{StateDir: t.TempDir(), ReserveMemory: fallow.TiB, ReserveDisk: fallow.MaxFile * 1024})
	if err != nil || less.Memory != 0 || less.Disk != 0 {
		t.Errorf("all reserved: %v, %v, %v", less.Memory, less.Disk, err)
	}
}

func TestMeasureNamesWhatIsMissing(t *testing.T) {
	_, err := measure(t.Context(), t.TempDir(), Options{StateDir: t.TempDir()})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "cpuinfo") {
		t.Errorf("no /proc: %v", err)
	}
	_, err = Measure(t.Context(), Options{StateDir: filepath.Join(t.TempDir(), "missing")})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "missing") {
		t.Errorf("no state directory: %v", err)
	}
}

func TestSystemsLeavesOutWhatOthersCanWrite(t *testing.T) {
	root := t.TempDir()
	lib := filepath.Join(root, "usr", "lib")
	safe, open := filepath.Join(lib, "python3.13"), filepath.Join(lib, "python3.14")
	err := errors.Join(os.MkdirAll(safe, 0o755), os.Mkdir(open, 0o755), os.Chmod(open, 0o775),
		os.Symlink(safe, filepath.Join(lib, "python3")))
	if err != nil {
		t.Fatal(err)
	}
	got, err := systems(root)
	if diff := cmp.Diff([]string{"/usr/lib/python3.13"}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestSpeedIsMeasuredOnceForAKey(t *testing.T) {
	dir, key := t.TempDir(), speedKey{Model: "a", Version: "1"}
	first, err := knownSpeed(t.Context(), dir, key)
	if err != nil || first <= 0 {
		t.Fatalf("%v, %v", first, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel() // so that measuring again would fail
	if again, err := knownSpeed(ended, dir, key); err != nil || again != first {
		t.Errorf("%v, then %v, %v", first, again, err)
	}
	for _, other := range []speedKey{{"b", "1"}, {"a", "2"}} {
		if _, err := knownSpeed(ended, dir, other); !errors.Is(err, context.Canceled) {
			t.Errorf("%v: not measured: %v", other, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, speedFile), []byte(`{"cpu_model":"a","version":"1"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if speed, err := knownSpeed(t.Context(), dir, key); err != nil || speed <= 0 {
		t.Errorf("damaged file: %v, %v", speed, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// The table is one cycle through all entries, so that the loads meet all of it.
func TestMixTableIsOneCycle(t *testing.T) {
	m := newMix()
	at, length := m.table[0], 1
	for at != 0 && length <= len(m.table) {
		at, length = m.table[at], length+1
	}
	if length != len(m.table) {
		t.Errorf("a cycle of %d entries of %d", length, len(m.table))
	}
}

// The mix must keep working: neither part may fall into a fixed point, infinity or
// NaN.
func TestMixKeepsGoing(t *testing.T) {
	m := newMix()
	for range 100 {
		before := *m
		m.run(1)
		if m.integer == before.integer || m.at == before.at || !(m.float > 0 && m.float < 10) {
			t.Fatalf("%+v, then %+v", before.integer, m.float)
		}
	}
}

func TestDiff(t *testing.T) {
	told := fallow.Inventory{OS: "linux", Cores: 4, Memory: fallow.GiB, Disk: 100 * fallow.GiB, CPUSpeed: 900}
	for _, test := range []struct {
		change func(*fallow.Inventory)
		want   []string
	}{
		{func(*fallow.Inventory) {}, nil},
		{func(i *fallow.Inventory) { i.Disk -= 6 * fallow.GiB }, nil},
		{func(i *fallow.Inventory) { i.Disk += 7 * fallow.GiB }, []string{"disk"}},
		{func(i *fallow.Inventory) { i.Disk = 0 }, []string{"disk"}},
		{func(i *fallow.Inventory) { i.Cores, i.Memory = 2, 0 }, []string{"cores", "memory"}},
		{func(i *fallow.Inventory) { i.Features, i.Systems = []string{"x"}, []string{"/y"} }, []string{"features", "systems"}},
		{func(i *fallow.Inventory) { i.OS, i.Arch, i.CPUModel = "a", "b", "c" }, []string{"os", "arch", "cpu_model"}},
		{func(i *fallow.Inventory) { i.CPUSpeed, i.Version = 1, "2" }, []string{"cpu_speed", "version"}},
	} {
		now := told
		test.change(&now)
		if diff := cmp.Diff(test.want, Diff(told, now)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestParseQuota(t *testing.T) {
	for text, want := range map[string]float64{
		"150000 100000": 1.5,
		"50000 100000":  0.5,
		"max 100000":    math.Inf(1),
		"-1 100000":     math.Inf(1),
		"0 0":           math.Inf(1),
		" ":             math.Inf(1),
		"":              math.Inf(1),
	} {
		if got := parseQuota(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzParseCPUModel(f *testing.F) {
	f.Add("model name\t: AMD  EPYC\n")
	f.Add("CPU implementer : 0x41\nCPU part : 0xd0c\n")
	f.Add(":\n::\nmodel name:")
	f.Fuzz(func(t *testing.T, text string) {
		model := parseCPUModel(text)
		if model == "" || len(model) > maxModel || !utf8.ValidString(model) || strings.ContainsAny(model, "\n\r") {
			t.Errorf("%q gives %q", text, model)
		}
	})
}

func FuzzParseMemory(f *testing.F) {
	f.Add("MemTotal:       32594968 kB\n")
	f.Add("MemTotal: 18446744073709551615 kB\n")
	f.Add("MemTotal:\n")
	f.Add("max")
	f.Add("9223372036854771712")
	f.Fuzz(func(t *testing.T, text string) {
		if total, err := parseMemTotal(text); err == nil && total < 0 {
			t.Errorf("%q gives %d", text, total)
		}
		if limit, ok := parseLimit(text); ok && limit < 0 {
			t.Errorf("%q gives limit %d", text, limit)
		}
		if q := parseQuota(text); !(q > 0) {
			t.Errorf("%q gives quota %v", text, q)
		}
	})
}

// FuzzGroups: whatever the kernel or a container says, no directory outside the
// mounts is looked at.
func FuzzGroups(f *testing.F) {
	f.Add("0::/a/b\n", "26 22 0:23 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n")
	f.Add("4:cpu,cpuacct:/docker/x\n", "32 31 0:29 /docker/x /c rw - cgroup cgroup rw,cpu,cpuacct\n")
	f.Add("0::/../../x\n", "26 22 0:23 /y /c rw - cgroup2 c rw\n")
	f.Add("0:\n:::\n", " - \n- - -\n")
	f.Fuzz(func(t *testing.T, member, mounted string) {
		g := groups{member: parseMembership(member), mounted: parseMounts(mounted)}
		for _, in := range g.limiting("cpu") {
			inside := false
			for _, m := range g.mounted {
				point := filepath.Clean(m.point)
				inside = inside || in.dir == m.point || in.dir == point || point == "/" ||
					strings.HasPrefix(in.dir, point+"/") || point == "."
			}
			if !inside {
				t.Errorf("%q of %+v", in.dir, g.mounted)
			}
		}
	})
}

func FuzzParseSpeed(f *testing.F) {
	f.Add([]byte(`{"cpu_model":"a","version":"1","cpu_speed":700}`))
	f.Add([]byte(`{"cpu_speed":-1}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, content []byte) {
		if kept, ok := parseSpeed(content); ok && !(kept.Speed > 0) {
			t.Errorf("%q gives %v", content, kept.Speed)
		}
	})
}
