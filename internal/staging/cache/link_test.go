package cache_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"fallow"
)

func openRoot(t *testing.T, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func inode(t *testing.T, name string) uint64 {
	t.Helper()
	info, err := os.Lstat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Ino
}

func TestLink(t *testing.T) {
	s, dir, in := newSource(t), t.TempDir(), t.TempDir()
	c := open(t, dir, fallow.MiB, s)
	want := s.add(t, noise(1, 1000))
	h := get(t, c, want)
	root := openRoot(t, in)
	for _, name := range []string{"a", "b/c/d"} {
		if err := h.Link(root, name); err != nil {
			t.Fatal(err)
		}
		if inode(t, filepath.Join(in, name)) != inode(t, filePath(dir, want.Digest)) {
			t.Errorf("%q is a copy", name)
		}
	}
	for _, name := range []string{"", ".", "/a", "../a", "x/../a", "x//y", "x/", "\xff"} {
		wantCode(t, h.Link(root, name), fallow.CodeInvalid)
	}
	if err := h.Link(root, "a"); !os.IsExist(unwrap(err)) {
		t.Errorf("linking twice gives %v", err)
	}
}

func unwrap(err error) error {
	for {
		inner, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		err = inner.Unwrap()
	}
}

func TestLinkDoesNotLeaveTheFolder(t *testing.T) {
	s, in, outside := newSource(t), t.TempDir(), t.TempDir()
	c := open(t, t.TempDir(), fallow.MiB, s)
	h := get(t, c, s.add(t, noise(1, 1000)))
	if err := os.Symlink(outside, filepath.Join(in, "way")); err != nil {
		t.Fatal(err)
	}
	if err := h.Link(openRoot(t, in), "way/out"); err == nil {
		t.Error("a link was made through a symbolic link")
	}
	if names, err := os.ReadDir(outside); err != nil || len(names) != 0 {
		t.Errorf("outside there is %v, %v", names, err)
	}
}

// Linked files are not hashed again, whether the links are gone when the handle is
// closed or a later Get comes while they are there.
func TestLinksKeepTheFingerprint(t *testing.T) {
	s, dir, in := newSource(t), t.TempDir(), t.TempDir()
	c := open(t, dir, fallow.MiB, s)
	c.OnTampered = func(_ fallow.Digest, err error) { t.Error(err) }
	b := noise(1, 1000)
	want := s.add(t, b)
	root := openRoot(t, in)
	h := get(t, c, want)
	if err := h.Link(root, "a"); err != nil {
		t.Fatal(err)
	}
	wantContent(t, get(t, c, want), b)
	if err := root.Remove("a"); err != nil {
		t.Fatal(err)
	}
	wantContent(t, get(t, c, want), b)
	wantContent(t, h, b)
	wantFetches(t, s, 1)
}

func TestWritingThroughALinkIsFound(t *testing.T) {
	s, dir, in := newSource(t), t.TempDir(), t.TempDir()
	c := open(t, dir, fallow.MiB, s)
	want := s.add(t, noise(1, 1000))
	h := get(t, c, want)
	if err := h.Link(openRoot(t, in), "a"); err != nil {
		t.Fatal(err)
	}
	if err := rewrite(filepath.Join(in, "a"), func(b []byte) []byte { b[3] ^= 1; return b }); err != nil {
		t.Fatal(err)
	}
	closeHandle(t, h)
	reports := 0
	c.OnTampered = func(fallow.Digest, error) { reports++ }
	use(t, c, want)
	if reports != 1 {
		t.Errorf("%d reports, want 1", reports)
	}
}

// Once no handle is open, a file whose time was set back is found even if it was
// linked before.
func TestDisguiseAfterLinksIsFound(t *testing.T) {
	s, dir := newSource(t), t.TempDir()
	c := open(t, dir, fallow.MiB, s)
	want := s.add(t, noise(1, 1000))
	root := openRoot(t, t.TempDir())
	h := get(t, c, want)
	if err := h.Link(root, "a"); err != nil {
		t.Fatal(err)
	}
	if err := root.Remove("a"); err != nil {
		t.Fatal(err)
	}
	closeHandle(t, h)
	if err := disguise(filePath(dir, want.Digest)); err != nil {
		t.Fatal(err)
	}
	use(t, c, want)
	wantFetches(t, s, 2)
}

func TestLinkToAnotherFileSystemCopies(t *testing.T) {
	in := t.TempDir()
	if err := unix.Mount("tmpfs", in, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mount: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(in, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s := newSource(t)
	c := open(t, t.TempDir(), fallow.MiB, s)
	b := noise(1, 1000)
	root := openRoot(t, in)
	if err := get(t, c, s.add(t, b)).Link(root, "x/y"); err != nil {
		t.Fatal(err)
	}
	got, err := root.ReadFile("x/y")
	if err != nil || !bytes.Equal(got, b) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	info, err := root.Stat("x/y")
	if err != nil || info.Mode() != 0o444 {
		t.Errorf("mode %v, %v, want 0444", info.Mode(), err)
	}
	full := get(t, c, s.add(t, noise(2, 900_000)))
	if err := full.Link(root, "full1"); err != nil {
		t.Fatal(err)
	}
	if err := full.Link(root, "full2"); err == nil {
		t.Error("a copy that does not fit is no error")
	}
	if _, err := root.Stat("full2"); !os.IsNotExist(err) {
		t.Errorf("half a copy is left: %v", err)
	}
}
