package hostroot_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fallow/internal/bundle/hostroot"
)

func TestResolveStaysInTheRoot(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "usr/lib/deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "usr/lib/file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"lib": "usr/lib", "usr/lib/abs": "/lib/file", "usr/lib/up": "../../../../../../lib/file",
		"loop": "loop", "usr/lib/deep/back": "../abs", "dangling": "/nowhere",
	} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	lib := hostroot.Link{Path: "/lib", Target: "usr/lib"}
	abs := hostroot.Link{Path: "/usr/lib/abs", Target: "/lib/file"}
	for _, test := range []struct {
		path, want string
		links      []hostroot.Link
		err        error
	}{
		{"/", "/", nil, nil},
		{"/usr/lib/file", "/usr/lib/file", nil, nil},
		{"/lib/file", "/usr/lib/file", []hostroot.Link{lib}, nil},
		{"/lib/abs", "/usr/lib/file", []hostroot.Link{lib, abs, lib}, nil},
		{"/usr/lib/up", "/usr/lib/file", []hostroot.Link{{Path: "/usr/lib/up", Target: "../../../../../../lib/file"}, lib}, nil},
		{"/lib/deep/back", "/usr/lib/file", []hostroot.Link{lib, {Path: "/usr/lib/deep/back", Target: "../abs"}, abs, lib}, nil},
		{"/../../lib/file", "/usr/lib/file", []hostroot.Link{lib}, nil},
		{"/loop", "", nil, syscall.ELOOP},
		{"/dangling", "", nil, fs.ErrNotExist},
		{"/usr/lib/file/x", "", nil, syscall.ENOTDIR},
		{"/none", "", nil, fs.ErrNotExist},
	} {
		got, err := hostroot.Root(root).Resolve(test.path)
		if !errors.Is(err, test.err) || err == nil && (got.Path != test.want || !cmp.Equal(got.Links, test.links)) {
			t.Errorf("Resolve(%q) = %q, %v, %v; want %q, %v, %v", test.path, got.Path, got.Links, err, test.want, test.links, test.err)
		}
	}
}

func TestGlobIsAboutTheRootOnly(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a[b]*c")
	if err := os.MkdirAll(filepath.Join(root, "usr/lib/python3.11"), 0o755); err != nil {
		t.Fatal(err)
	}
	got, err := hostroot.Root(root).Glob("/usr/lib/python3.*")
	if diff := cmp.Diff([]string{"/usr/lib/python3.11"}, got); err != nil || diff != "" {
		t.Errorf("Glob: %v\n%s", err, diff)
	}
}
