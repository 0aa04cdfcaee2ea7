package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"fallow"
)

// resultNamed is a file whose content is its name.
func resultNamed(name string) fallow.FileRef {
	return fallow.FileRef{Path: name, Digest: fallow.DigestOf([]byte(name)), Size: int64(len(name))}
}

// fetchInto fetches files into a folder and tells which were got from the server.
func fetchInto(t *testing.T, dir string, force bool, files ...fallow.FileRef) (got []string, err error) {
	t.Helper()
	into := newDownload(dir, force, func(_ context.Context, f fallow.FileRef, w io.Writer) error {
		got = append(got, f.Path)
		_, err := io.WriteString(w, f.Path)
		return err
	})
	defer into.close()
	for _, f := range files {
		if err := into.fetch(t.Context(), f); err != nil {
			return got, err
		}
	}
	return got, nil
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDownloadGoesOnWhereItWas(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results")
	first, second := resultNamed("0/a/hits.tbl"), resultNamed("1/a/hits.tbl")
	if _, err := fetchInto(t, dir, false, first); err != nil {
		t.Fatal(err)
	}
	got, err := fetchInto(t, dir, false, first, second)
	if err != nil || len(got) != 1 || got[0] != second.Path {
		t.Errorf("got %q, error %v, want only the second", got, err)
	}
	if text := content(t, filepath.Join(dir, second.Path)); text != second.Path {
		t.Errorf("content %q", text)
	}
}

func TestDownloadReplacesNothingUnasked(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "all.txt")
	if err := os.WriteFile(path, []byte("my own"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := fetchInto(t, dir, false, resultNamed("all.txt"))
	if fallow.CodeOf(err) != fallow.CodeConflict || fallow.HintOf(err) == "" || content(t, path) != "my own" {
		t.Errorf("got %v; the file is %q", err, content(t, path))
	}
	if _, err := fetchInto(t, dir, true, resultNamed("all.txt")); err != nil || content(t, path) != "all.txt" {
		t.Errorf("with force: %v; the file is %q", err, content(t, path))
	}
}

func TestDownloadStaysInItsFolder(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "results")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../escaped", "link/escaped"} {
		if _, err := fetchInto(t, dir, true, resultNamed(name)); err == nil {
			t.Errorf("%q was fetched", name)
		}
	}
	if _, err := os.Lstat(filepath.Join(outside, "escaped")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file escaped: %v", err)
	}
}

func TestBrokenDownloadLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	into := newDownload(dir, false, func(_ context.Context, _ fallow.FileRef, w io.Writer) error {
		_, err := io.WriteString(w, "half of i")
		return errors.Join(err, fallow.Errorf(fallow.CodeTampered, "not what it should be"))
	})
	defer into.close()
	if err := into.fetch(t.Context(), resultNamed("a")); fallow.CodeOf(err) != fallow.CodeTampered {
		t.Errorf("got %v, want an error of code tampered", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, error %v", left, err)
	}
}
