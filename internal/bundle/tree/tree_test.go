package tree_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fallow"
	"fallow/internal/bundle/tree"
)

var contents = map[fallow.Digest][]byte{}

func file(p, content string, exec bool) fallow.BundleFile {
	d := fallow.DigestOf([]byte(content))
	contents[d] = []byte(content)
	return fallow.BundleFile{Path: p, Digest: d, Size: int64(len(content)), Exec: exec}
}

func manifest() fallow.Manifest {
	return fallow.Manifest{
		Format: fallow.ManifestFormat, Name: "test", OS: "linux", Arch: "amd64", Profile: fallow.ProfileStrict,
		Entries: []fallow.Entry{{Name: "a", Argv: []string{"/bin/a"}}},
		Files:   []fallow.BundleFile{file("/app/data", "data", false), file("/app/empty", "", false), file("/usr/bin/a", "program", true)},
		Links:   []fallow.BundleLink{{Path: "/bin", Target: "usr/bin"}},
		Systems: []string{"/usr/lib/python3.11"},
	}
}

func open(d fallow.Digest) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(contents[d])), nil
}

func lay(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tree")
	if err := tree.Lay(t.Context(), dir, manifest(), open); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLayMakesWhatTheManifestSays(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	dir := lay(t)
	got := map[string]fs.FileMode{}
	err := filepath.WalkDir(dir, func(p string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		got[strings.TrimPrefix(p, dir)] = info.Mode()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for p, mode := range map[string]fs.FileMode{
		"": 0o755 | fs.ModeDir, "/usr/lib/python3.11": 0o755 | fs.ModeDir,
		"/app/data": 0o444, "/usr/bin/a": 0o555, "/bin": 0o777 | fs.ModeSymlink,
	} {
		if got[p] != mode {
			t.Errorf("%q has mode %v, want %v", p, got[p], mode)
		}
	}
	if content, err := os.ReadFile(filepath.Join(dir, "bin/a")); string(content) != "program" {
		t.Errorf("/bin/a holds %q, %v", content, err)
	}
}

func TestLayLeavesNothingWhenItFails(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		ctx  context.Context
		open func(fallow.Digest) (io.ReadCloser, error)
		is   error
		code fallow.Code
	}{
		"other content": {t.Context(), func(fallow.Digest) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("datx")), nil }, nil, fallow.CodeTampered},
		"too much": {t.Context(), func(d fallow.Digest) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(append(contents[d], 'x'))), nil
		}, nil, fallow.CodeTampered},
		"no content": {t.Context(), func(fallow.Digest) (io.ReadCloser, error) { return nil, broken }, broken, fallow.CodeInternal},
		"cancelled":  {cancelled, open, context.Canceled, fallow.CodeInternal},
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			err := tree.Lay(test.ctx, filepath.Join(parent, "tree"), manifest(), test.open)
			if err == nil || fallow.CodeOf(err) != test.code || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("Lay: %v", err)
			}
			if left, _ := os.ReadDir(parent); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestLayNeverReplaces(t *testing.T) {
	dir := lay(t)
	if err := tree.Lay(t.Context(), dir, manifest(), open); fallow.CodeOf(err) != fallow.CodeConflict {
		t.Errorf("Lay over a tree: %v", err)
	}
}

func TestCheckFindsEveryChange(t *testing.T) {
	write := func(p, content string) error {
		if err := os.Chmod(p, 0o644); err != nil {
			return err
		}
		if err := os.WriteFile(p, []byte(content), 0); err != nil {
			return err
		}
		return os.Chmod(p, 0o444)
	}
	for name, test := range map[string]struct {
		change func(dir string) error
		names  string
	}{
		"content":        {func(d string) error { return write(d+"/app/data", "DATA") }, "/app/data"},
		"length":         {func(d string) error { return write(d+"/app/data", "data and more") }, "/app/data"},
		"mode":           {func(d string) error { return os.Chmod(d+"/app/data", 0o555) }, "/app/data"},
		"directory mode": {func(d string) error { return os.Chmod(d+"/app", 0o777) }, "/app"},
		"missing":        {func(d string) error { return os.Remove(d + "/app/empty") }, "/app/empty"},
		"missing system": {func(d string) error { return os.Remove(d + "/usr/lib/python3.11") }, "/usr/lib/python3.11"},
		"extra":          {func(d string) error { return os.WriteFile(d+"/app/new", nil, 0o444) }, "/app/new"},
		"extra in system": {func(d string) error { return os.WriteFile(d+"/usr/lib/python3.11/x.py", nil, 0o444) },
			"/usr/lib/python3.11/x.py"},
		"link": {func(d string) error {
			return errors.Join(os.Remove(d+"/bin"), os.Symlink("usr/lib", d+"/bin"))
		}, "/bin"},
		"link for a file": {func(d string) error {
			return errors.Join(os.Rename(d+"/app/data", d+"/../data"), os.Symlink("../../data", d+"/app/data"))
		}, "/app/data"},
		"gone": {os.RemoveAll, "test"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, checker := lay(t), &tree.Checker{}
			if err := checker.Check(t.Context(), dir, manifest()); err != nil {
				t.Fatalf("Check of a sound tree: %v", err)
			}
			if err := test.change(dir); err != nil {
				t.Fatal(err)
			}
			err := checker.Check(t.Context(), dir, manifest())
			if fallow.CodeOf(err) != fallow.CodeTampered || !strings.Contains(err.Error(), test.names) {
				t.Errorf("Check: %v, want %s to be tampered with", err, test.names)
			}
		})
	}
}

// A file that gets its size and times back is still another: its change time tells.
func TestCheckSeesThroughRestoredTimes(t *testing.T) {
	dir, checker := lay(t), &tree.Checker{}
	p := filepath.Join(dir, "app/data")
	before, err := os.Stat(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := checker.Check(t.Context(), dir, manifest()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(p, 0o644), os.WriteFile(p, []byte("DATA"), 0), os.Chmod(p, 0o444),
		os.Chtimes(p, before.ModTime(), before.ModTime())); err != nil {
		t.Fatal(err)
	}
	if err := checker.Check(t.Context(), dir, manifest()); fallow.CodeOf(err) != fallow.CodeTampered {
		t.Errorf("Check: %v", err)
	}
}
