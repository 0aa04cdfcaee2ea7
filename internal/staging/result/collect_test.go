package result_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"fallow"
	"fallow/internal/staging"
	"fallow/internal/staging/local"
	"fallow/internal/staging/result"
	"fallow/internal/staging/transfer"
)

// write makes files below a new folder, each with its own name as content.
func write(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func collect(t *testing.T, dir string, patterns ...string) ([]result.File, error) {
	t.Helper()
	return result.Collect(t.Context(), dir, patterns, result.Limits{})
}

func wantCode(t *testing.T, err error, want fallow.Code, words ...string) {
	t.Helper()
	if err == nil || fallow.CodeOf(err) != want {
		t.Fatalf("error %v, want code %q", err, want)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func TestCollect(t *testing.T) {
	all := []string{"a.log", "hits.tbl", "sub/deep/x.tbl", "sub/hits.tbl", "täbl"}
	dir := write(t, all...)
	for _, c := range []struct {
		patterns, want []string
	}{
		{nil, all},
		{[]string{"hits.tbl"}, []string{"hits.tbl"}},
		{[]string{"*.tbl"}, []string{"hits.tbl"}},
		{[]string{"*/*.tbl", "a*"}, []string{"a.log", "sub/hits.tbl"}},
		{[]string{"s?b/deep/*"}, []string{"sub/deep/x.tbl"}},
		{[]string{"nothing"}, nil},
		{[]string{"sub"}, nil},
	} {
		files, err := collect(t, dir, c.patterns...)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			got = append(got, f.Path)
			if f.Digest != fallow.DigestOf([]byte(f.Path)) || f.Size != int64(len(f.Path)) {
				t.Errorf("%q has digest %s and size %d", f.Path, f.Digest, f.Size)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("patterns %q (-want +got):\n%s", c.patterns, diff)
		}
	}
	_, err := collect(t, dir, "[")
	wantCode(t, err, fallow.CodeInvalid, "[")
}

// Everything that is not a plain file is refused by name, if it is asked for, and
// passed over if it is not.
func TestOnlyPlainFiles(t *testing.T) {
	for name, c := range map[string]struct {
		mk   func(dir, name string) error
		word string
	}{
		"link":      {func(_, name string) error { return os.Symlink("/etc/passwd", name) }, "symbolic link"},
		"dangling":  {func(_, name string) error { return os.Symlink("nowhere", name) }, "symbolic link"},
		"inside":    {func(_, name string) error { return os.Symlink("good", name) }, "symbolic link"},
		"folder":    {func(_, name string) error { return os.Symlink("/etc", name) }, "symbolic link"},
		"pipe":      {func(_, name string) error { return unix.Mkfifo(name, 0o644) }, "named pipe"},
		"socket":    {listen, "socket"},
		"device":    {func(_, name string) error { return unix.Mknod(name, unix.S_IFCHR|0o644, int(unix.Mkdev(1, 3))) }, "device"},
		"hard link": {func(dir, name string) error { return os.Link(filepath.Join(dir, "twin"), name) }, "hard link"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, "good", "twin")
			err := c.mk(dir, filepath.Join(dir, "bad"))
			if errors.Is(err, unix.EPERM) {
				t.Skipf("make %s: %v", name, err)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = collect(t, dir, "bad")
			wantCode(t, err, fallow.CodeInvalid, `"bad"`, c.word)
			if _, err = collect(t, dir); err == nil {
				t.Error("without patterns it is passed over")
			}
			files, err := collect(t, dir, "good")
			if err != nil || len(files) != 1 {
				t.Errorf("%d files, %v, want the good one", len(files), err)
			}
		})
	}
}

func listen(_, name string) error {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	return l.Close()
}

func TestNamesAreClean(t *testing.T) {
	for bad, why := range map[string]string{
		"b\xffd": "UTF-8", "sub\xff/file": "UTF-8", "a\nb": `"a\nb": its name has control`, "sub\x1b[2J/file": "control",
	} {
		dir := write(t, "good", bad)
		_, err := collect(t, dir)
		wantCode(t, err, fallow.CodeInvalid, why)
		if files, err := collect(t, dir, "good"); err != nil || len(files) != 1 {
			t.Errorf("%d files, %v, want the good one", len(files), err)
		}
	}
}

func TestLimits(t *testing.T) {
	dir := write(t, "a", "bb", "ccc", "sub/d")
	for _, c := range []struct {
		limits result.Limits
		word   string
	}{
		{result.Limits{Files: 4, Output: 11}, ""},
		{result.Limits{Files: 3, Output: 11}, "result files"},
		{result.Limits{Files: 4, Output: 10}, "output"},
	} {
		_, err := result.Collect(t.Context(), dir, nil, c.limits)
		if c.word == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.limits, err)
			}
			continue
		}
		wantCode(t, err, fallow.CodeLimit, c.word)
		if fallow.HintOf(err) == "" {
			t.Errorf("%+v: no hint", c.limits)
		}
	}
}

// A sparse file of a terabyte is refused before it is read.
func TestSparseFile(t *testing.T) {
	dir := write(t, "huge")
	if err := os.Truncate(filepath.Join(dir, "huge"), int64(fallow.TiB)); err != nil {
		t.Fatal(err)
	}
	_, err := collect(t, dir)
	wantCode(t, err, fallow.CodeLimit, "output", "huge", "1TiB")
}

func TestDepth(t *testing.T) {
	deep := strings.Repeat("d/", result.MaxDepth)
	if _, err := collect(t, write(t, deep+"file")); err != nil {
		t.Fatal(err)
	}
	_, err := collect(t, write(t, deep+"d/file"))
	wantCode(t, err, fallow.CodeLimit, "result folders")
}

func TestOpenFindsChanges(t *testing.T) {
	dir := write(t, "a", "b")
	files, err := collect(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = files[0].Open()
	wantCode(t, err, fallow.CodeConflict, `"a"`)
	if !errors.Is(err, result.ErrChanged) {
		t.Errorf("%v is not ErrChanged", err)
	}
	name := filepath.Join(dir, "b")
	if err := errors.Join(os.Remove(name), os.Symlink("a", name)); err != nil {
		t.Fatal(err)
	}
	_, err = files[1].Open()
	wantCode(t, err, fallow.CodeInvalid, `"b"`)
}

func TestCollectEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := result.Collect(ctx, write(t, "a"), nil, result.Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

// What is collected reaches the server as it is.
func TestCollectAndUpload(t *testing.T) {
	store, err := local.Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	server := httptest.NewServer(transfer.Handler(store))
	defer server.Close()
	client := &transfer.Client{HTTP: server.Client(), Base: server.URL}
	files, err := collect(t, write(t, "hits.tbl", "sub/log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := client.Upload(t.Context(), f.Digest, f.Size, f.Open, nil); err != nil {
			t.Fatal(err)
		}
		if err := staging.Verify(t.Context(), store, f.Digest); err != nil {
			t.Error(err)
		}
		opened, err := store.Open(t.Context(), f.Digest)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.NewSectionReader(opened, 0, opened.Size()))
		if err := errors.Join(err, opened.Close()); err != nil || string(got) != f.Path {
			t.Errorf("%q holds %q, %v", f.Path, got, err)
		}
	}
}
