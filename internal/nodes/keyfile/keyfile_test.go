package keyfile

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fallow"

	"github.com/google/go-cmp/cmp"
)

func TestFolderAppearsWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "keys")
	if _, err := Read(dir, "a"); fallow.CodeOf(err) != fallow.CodeNotFound || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before: %v", err)
	}
	want := map[string][]byte{"a": []byte("1"), "b": []byte("2")}
	if err := Create(dir, want); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir, "a", "b")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for path, mode := range map[string]fs.FileMode{dir: 0o700, filepath.Join(dir, "a"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q: %v, %v", path, info.Mode(), err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) != 1 {
		t.Errorf("beside the folder: %v, %v", left, err)
	}
}

func TestCreateKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir() // empty, so replaced
	if err := Create(dir, map[string][]byte{"a": []byte("1")}); err != nil {
		t.Fatal(err)
	}
	err := Create(dir, map[string][]byte{"a": []byte("2")})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("second: %v", err)
	}
	if got, err := Read(dir, "a"); err != nil || string(got["a"]) != "1" {
		t.Errorf("%q, %v", got, err)
	}
	if drafts, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".*new*")); len(drafts) > 0 {
		t.Errorf("left over: %q", drafts)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(dir string) error
		code  fallow.Code
		words string
	}{
		"missing file":    {func(d string) error { return os.Remove(filepath.Join(d, "b")) }, fallow.CodeConflict, "lacks b"},
		"open file":       {func(d string) error { return os.Chmod(filepath.Join(d, "a"), 0o640) }, fallow.CodeConflict, "0640"},
		"writable folder": {func(d string) error { return os.Chmod(d, 0o770) }, fallow.CodeConflict, "0770"},
		"long file": {func(d string) error {
			return os.Truncate(filepath.Join(d, "a"), int64(MaxFile)+1)
		}, fallow.CodeTampered, "longer"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "keys")
			if err := Create(dir, map[string][]byte{"a": nil, "b": nil}); err != nil {
				t.Fatal(err)
			}
			if err := test.spoil(dir); err != nil {
				t.Fatal(err)
			}
			_, err := Read(dir, "a", "b")
			if fallow.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.words) || fallow.HintOf(err) == "" {
				t.Errorf("%v (%s), hint %q", err, fallow.CodeOf(err), fallow.HintOf(err))
			}
		})
	}
}

// FuzzDecode: damaged files give errors, not panics, and never a key of another
// kind.
func FuzzDecode(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	whole, err := EncodePrivate(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(append(whole, whole...))
	f.Add(EncodeCertificate([]byte{1, 2, 3}))
	f.Fuzz(func(t *testing.T, content []byte) {
		if _, err := DecodePrivate[*ecdsa.PrivateKey](whole); err == nil {
			t.Error("an Ed25519 key was taken for one of ECDSA")
		}
		if got, err := DecodePrivate[ed25519.PrivateKey](content); err == nil && len(got) != ed25519.PrivateKeySize {
			t.Errorf("a key of %d bytes", len(got))
		}
		if cert, err := DecodeCertificate(content); err == nil && len(cert.Raw) == 0 {
			t.Error("an empty certificate")
		}
	})
}
