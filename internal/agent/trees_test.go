package agent

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fallow"
	"fallow/internal/bundle/tree"
)

func newTrees(t *testing.T) *trees {
	t.Helper()
	return &trees{dir: t.TempDir(), checker: &tree.Checker{}}
}

// bundleOf is a bundle of one program with some content.
func bundleOf(content string) (fallow.Digest, fallow.Manifest, func(fallow.Digest) (io.ReadCloser, error)) {
	digest := fallow.DigestOf([]byte(content))
	return fallow.DigestOf([]byte("manifest of " + content)), fallow.Manifest{
			Format: fallow.ManifestFormat, Name: "test", OS: "linux", Arch: "amd64", Profile: fallow.ProfileStrict,
			Entries: []fallow.Entry{{Name: "test", Argv: []string{"/app/test"}}},
			Files:   []fallow.BundleFile{{Path: "/app/test", Digest: digest, Size: int64(len(content)), Exec: true}},
		}, func(fallow.Digest) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(content)), nil
		}
}

func (t *trees) lay(test *testing.T, content string) (fallow.Digest, string) {
	test.Helper()
	d, m, open := bundleOf(content)
	dir, err := t.get(test.Context(), d, m, open)
	if err != nil {
		test.Fatal(err)
	}
	return d, dir
}

// age makes a tree one that was used long ago.
func age(t *testing.T, dir string, by time.Duration) {
	t.Helper()
	then := time.Now().Add(-by)
	if err := os.Chtimes(dir, then, then); err != nil {
		t.Fatal(err)
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func TestTreeUnusedForLongestMakesRoom(t *testing.T) {
	kept := newTrees(t)
	var dirs []string
	for i := range maxTrees {
		d, dir := kept.lay(t, strings.Repeat("x", i+1))
		age(t, dir, time.Duration(maxTrees-i)*time.Hour)
		dirs = append(dirs, dir)
		if i > 0 { // the oldest is in use
			kept.release(d)
		}
	}
	unfinished := filepath.Join(kept.dir, ".unfinished")
	if err := os.Mkdir(unfinished, 0o755); err != nil {
		t.Fatal(err)
	}
	d, _ := kept.lay(t, "xxx") // used again just now
	kept.release(d)
	kept.lay(t, "one more")
	if !exists(dirs[0]) || !exists(dirs[2]) || exists(dirs[1]) {
		t.Errorf("in use: %t, used again: %t, unused for longest: %t; want all but the last", exists(dirs[0]), exists(dirs[2]), exists(dirs[1]))
	}
	if !exists(unfinished) {
		t.Error("a tree that is being laid was removed")
	}
	if err := kept.sweep(); err != nil || exists(unfinished) || !exists(dirs[0]) {
		t.Errorf("sweep: %v; want what was not finished to go, and nothing else", err)
	}
}

func TestTamperedTreeIsRemoved(t *testing.T) {
	kept := newTrees(t)
	d, dir := kept.lay(t, "program")
	kept.release(d)
	if err := os.WriteFile(filepath.Join(dir, "app", "more"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, m, open := bundleOf("program")
	if _, err := kept.get(t.Context(), d, m, open); fallow.CodeOf(err) != fallow.CodeTampered {
		t.Fatalf("get: %v, want tampered", err)
	}
	if exists(dir) || len(kept.users) > 0 {
		t.Error("the tree is still there, or counted as used")
	}
	kept.lay(t, "program")
}

func TestTreeIsNotLaidForWhoHasGone(t *testing.T) {
	kept := newTrees(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d, m, open := bundleOf("program")
	if _, err := kept.get(ctx, d, m, open); err == nil {
		t.Error("laid although nobody waits")
	}
	entries, err := os.ReadDir(kept.dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}
