package local_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"fallow"
	"fallow/internal/staging"
	"fallow/internal/staging/local"
)

var (
	text   = []byte("the quick brown fox")
	digest = fallow.DigestOf(text)
	size   = int64(len(text))
)

func filePath(dir string, d fallow.Digest) string {
	return filepath.Join(dir, d.String()[:2], d.String()[2:])
}

func partPath(dir string, d fallow.Digest) string {
	return filepath.Join(dir, "parts", d.String()+".part")
}

func put(t *testing.T, s *local.Store, b []byte) {
	t.Helper()
	if _, err := s.Put(t.Context(), fallow.DigestOf(b), int64(len(b)), 0, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
}

func putPart(t *testing.T, s *local.Store, n int) {
	t.Helper()
	if _, err := s.Put(t.Context(), digest, size, 0, bytes.NewReader(text[:n])); err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, want fallow.Code) {
	t.Helper()
	if err == nil || fallow.CodeOf(err) != want {
		t.Fatalf("error %v, want code %q", err, want)
	}
}

func TestFilesAreReadOnlyAndPartsAreNot(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	putPart(t, s, 9)
	part, err := os.ReadFile(partPath(dir, digest))
	if err != nil || string(part) != "the quick" {
		t.Fatalf("part %q, %v", part, err)
	}
	if _, err := s.Put(t.Context(), digest, size, 9, bytes.NewReader(text[9:])); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filePath(dir, digest))
	if err != nil || info.Mode() != 0o444 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	if _, err := os.Stat(partPath(dir, digest)); !os.IsNotExist(err) {
		t.Errorf("the part is still there: %v", err)
	}
}

func TestPartsSurviveTheProcess(t *testing.T) {
	dir := t.TempDir()
	putPart(t, open(t, dir), 5)
	s := open(t, dir)
	if offset, err := s.Offset(t.Context(), digest); err != nil || offset != 5 {
		t.Fatalf("Offset = %d, %v", offset, err)
	}
}

func TestDamageIsFound(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, text)
	overwrite(t, filePath(dir, digest), bytes.Replace(text, []byte("quick"), []byte("quack"), 1))
	wantCode(t, staging.Verify(t.Context(), s, digest), fallow.CodeTampered)
}

func TestDamageOfAPartIsFound(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	putPart(t, s, 9)
	overwrite(t, partPath(dir, digest), []byte("the quack"))
	_, err := s.Put(t.Context(), digest, size, 9, bytes.NewReader(text[9:]))
	wantCode(t, err, fallow.CodeTampered)
}

func overwrite(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.Chmod(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Whatever is put where a file or a part should be, the store does not follow it,
// wait for it or write to it.
func TestOnlyRegularFilesAreOpened(t *testing.T) {
	plant := map[string]func(name, victim string) error{
		"link":   func(name, victim string) error { return os.Symlink(victim, name) },
		"inside": func(name, _ string) error { return os.Symlink("../lure", name) },
		"pipe":   func(name, _ string) error { return unix.Mkfifo(name, 0o600) },
		"folder": func(name, _ string) error { return os.Mkdir(name, 0o700) },
	}
	for name, mk := range plant {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			victim := filepath.Join(t.TempDir(), "victim")
			for _, lure := range []string{victim, filepath.Join(dir, "lure")} {
				if err := os.WriteFile(lure, text[:4], 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(filepath.Dir(filePath(dir, digest)), 0o700); err != nil {
				t.Fatal(err)
			}
			for _, at := range []string{filePath(dir, digest), partPath(dir, digest)} {
				if err := mk(at, victim); err != nil {
					t.Fatal(err)
				}
			}
			wantRefusal(t, s)
			if got, err := os.ReadFile(victim); err != nil || string(got) != "the " {
				t.Errorf("the file behind the link became %q, %v", got, err)
			}
		})
	}
}

func wantRefusal(t *testing.T, s *local.Store) {
	t.Helper()
	_, err := s.Stat(t.Context(), digest)
	wantCode(t, err, fallow.CodeInvalid)
	_, err = s.Open(t.Context(), digest)
	wantCode(t, err, fallow.CodeInvalid)
	_, err = s.Offset(t.Context(), digest)
	wantCode(t, err, fallow.CodeInvalid)
	if _, err := s.Put(t.Context(), digest, size, 0, bytes.NewReader(text)); err == nil {
		t.Error("Put succeeded")
	}
	if _, err := s.Sweep(t.Context(), time.Now().Add(2*local.PartAge)); err == nil {
		t.Error("Sweep passed over it")
	}
	for e, err := range s.List(t.Context()) {
		t.Errorf("List gave %v, %v", e, err)
	}
}

func TestFreeSpaceIsLeft(t *testing.T) {
	s, err := local.Open(t.TempDir(), fallow.MaxFile)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.Put(t.Context(), digest, size, 0, bytes.NewReader(text))
	wantCode(t, err, fallow.CodeLimit)
	if !strings.Contains(err.Error(), "free space") {
		t.Errorf("%q does not name the limit", err)
	}
}

// A full file system is told apart from a broken one, also when it fills up while a
// file comes in.
func TestFileSystemFull(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mount: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s := open(t, dir)
	big := make([]byte, 900<<10)
	part, err := s.Part(t.Context(), fallow.DigestOf(big), int64(len(big)))
	if err != nil {
		t.Fatal(err)
	}
	defer part.Close()
	put(t, s, make([]byte, 500<<10))
	n, err := part.Write(big)
	wantCode(t, err, fallow.CodeLimit)
	if part.Offset() != int64(n) {
		t.Errorf("Offset = %d after %d bytes", part.Offset(), n)
	}
}

func TestOneWriterAtATime(t *testing.T) {
	dir := t.TempDir()
	s, other := open(t, dir), open(t, dir)
	part, err := s.Part(t.Context(), digest, size)
	if err != nil {
		t.Fatal(err)
	}
	defer part.Close()
	_, err = other.Part(t.Context(), digest, size)
	wantCode(t, err, fallow.CodeUnavailable)
	if _, err := part.Write(text); err != nil {
		t.Fatal(err)
	}
	_, err = part.Write(text[:1])
	wantCode(t, err, fallow.CodeInvalid)
	if err := part.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Part(t.Context(), digest, size); err != local.ErrStored {
		t.Fatalf("error %v, want ErrStored", err)
	}
	if _, err := os.Stat(partPath(dir, digest)); !os.IsNotExist(err) {
		t.Errorf("asking for the part of a stored file left one: %v", err)
	}
}

func TestAnUnfinishedPartIsNotCommitted(t *testing.T) {
	s := open(t, t.TempDir())
	part, err := s.Part(t.Context(), digest, size)
	if err != nil {
		t.Fatal(err)
	}
	defer part.Close()
	wantCode(t, part.Commit(), fallow.CodeConflict)
}

func TestSweepTakesStalePartsOnly(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	now := time.Now()
	contents := map[string][]byte{"stale": []byte("stale"), "fresh": []byte("fresh"), "busy": []byte("busy")}
	for name, b := range contents {
		d := fallow.DigestOf(b)
		if _, err := s.Put(t.Context(), d, int64(len(b)), 0, bytes.NewReader(b[:2])); err != nil {
			t.Fatal(err)
		}
		age := local.PartAge
		if name == "fresh" {
			age -= time.Minute
		}
		if err := os.Chtimes(partPath(dir, d), now, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	busy, err := s.Part(t.Context(), fallow.DigestOf(contents["busy"]), 4)
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	if n, err := s.Sweep(t.Context(), now); err != nil || n != 1 {
		t.Fatalf("Sweep = %d, %v, want 1", n, err)
	}
	if _, err := os.Stat(partPath(dir, fallow.DigestOf(contents["stale"]))); !os.IsNotExist(err) {
		t.Errorf("the stale part is still there: %v", err)
	}
}

func TestList(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, text)
	used := time.Unix(1_700_000_000, 5)
	if err := s.Touch(digest, used); err != nil {
		t.Fatal(err)
	}
	other := []byte("another file")
	if _, err := s.Put(t.Context(), fallow.DigestOf(other), int64(len(other)), 0, bytes.NewReader(other[:3])); err != nil {
		t.Fatal(err)
	}
	for _, stray := range []string{"stray", digest.String()[:2] + "/stray", "parts/stray", "parts/stray.part"} {
		if err := os.WriteFile(filepath.Join(dir, stray), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []local.Entry
	for e, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Part {
			e.Modified = time.Time{}
		}
		got = append(got, e)
	}
	want := []local.Entry{
		{Digest: digest, Size: size, Modified: used},
		{Digest: fallow.DigestOf(other), Size: 3, Part: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

func TestListEndsWithItsContext(t *testing.T) {
	s := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.List(ctx) {
		if err == nil {
			t.Fatal("List went on")
		}
		return
	}
	t.Fatal("List ended without an error")
}
