package bundle_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"fallow"
	"fallow/internal/bundle"
)

var key = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

func signed(t testing.TB, m fallow.Manifest) bundle.Signed {
	t.Helper()
	text, err := bundle.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return bundle.Signed{Manifest: text, Signature: bundle.Sign(key, text), Author: key.Public().(ed25519.PublicKey)}
}

// openSample gives the contents of sample.
func openSample(d fallow.Digest) (io.ReadCloser, error) {
	for _, content := range []string{"text", "program"} {
		if fallow.DigestOf([]byte(content)) == d {
			return io.NopCloser(strings.NewReader(content)), nil
		}
	}
	return nil, errors.New("no such content")
}

func archive(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := bundle.Write(t.Context(), &b, signed(t, sample()), openSample); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func openBytes(t testing.TB, content []byte) (*bundle.Archive, error) {
	t.Helper()
	p := filepath.Join(t.TempDir(), "x.bundle")
	if err := os.WriteFile(p, content, 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := bundle.Open(p)
	if err == nil {
		t.Cleanup(func() { a.Close() })
	}
	return a, err
}

func TestArchiveCarriesABundle(t *testing.T) {
	content := archive(t)
	if !bytes.Equal(content, archive(t)) {
		t.Error("the same bundle gives two archives")
	}
	a, err := openBytes(t, content)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), a.Bundle); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(signed(t, sample()), a.Signed); diff != "" {
		t.Error(diff)
	}
	if err := a.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	r, err := a.OpenFile(fallow.DigestOf([]byte("program")))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); string(got) != "program" || err != nil {
		t.Errorf("content %q, %v", got, err)
	}
	if _, err := a.OpenFile(fallow.Digest{1}); fallow.CodeOf(err) != fallow.CodeNotFound {
		t.Errorf("a content that isn't there: %v", err)
	}
}

func TestWriteRefusesChangedContent(t *testing.T) {
	err := bundle.Write(t.Context(), io.Discard, signed(t, sample()), func(fallow.Digest) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("changed")), nil
	})
	if fallow.CodeOf(err) != fallow.CodeTampered {
		t.Errorf("Write: %v", err)
	}
}

type member struct {
	name    string
	content []byte
	method  uint16
}

func members(t testing.TB) []member {
	s := signed(t, sample())
	list := []member{{"manifest.json", s.Manifest, 93}, {"signature", s.Signature, 93}, {"author.pub", s.Author, 93}}
	files := []member{}
	for _, content := range []string{"text", "program"} {
		files = append(files, member{"files/" + fallow.DigestOf([]byte(content)).String(), []byte(content), 93})
	}
	slices.SortFunc(files, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return append(list, files...)
}

func pack(t testing.TB, list []member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(93, zstd.ZipCompressor())
	for _, m := range list {
		f, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: m.method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(m.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOpenRefuses(t *testing.T) {
	if _, err := openBytes(t, pack(t, members(t))); err != nil {
		t.Fatalf("a sound archive: %v", err)
	}
	for name, test := range map[string]struct {
		change func([]member) []member
		code   fallow.Code
	}{
		"missing":       {func(l []member) []member { return l[:4] }, fallow.CodeInvalid},
		"extra":         {func(l []member) []member { return append(l, member{"files/" + strings.Repeat("f", 64), nil, 93}) }, fallow.CodeInvalid},
		"twice":         {func(l []member) []member { return append(l, l[4]) }, fallow.CodeInvalid},
		"climbing":      {func(l []member) []member { return append(l, member{"files/../../x", nil, 93}) }, fallow.CodeInvalid},
		"other":         {func(l []member) []member { return append(l, member{"README", nil, 93}) }, fallow.CodeInvalid},
		"order":         {func(l []member) []member { l[3], l[4] = l[4], l[3]; return l }, fallow.CodeInvalid},
		"not first":     {func(l []member) []member { l[0], l[1] = l[1], l[0]; return l }, fallow.CodeInvalid},
		"no manifest":   {func(l []member) []member { return l[1:] }, fallow.CodeInvalid},
		"two manifests": {func(l []member) []member { return slices.Insert(l, 1, l[0]) }, fallow.CodeInvalid},
		"other method":  {func(l []member) []member { l[0].method = zip.Deflate; return l }, fallow.CodeInvalid},
		"no signature":  {func(l []member) []member { return slices.Delete(l, 1, 2) }, fallow.CodeTampered},
		"wrong signature": {func(l []member) []member { l[1].content = make([]byte, 64); return l },
			fallow.CodeTampered},
		"long signature": {func(l []member) []member { l[1].content = make([]byte, 65); return l }, fallow.CodeLimit},
		"bomb": {func(l []member) []member {
			l[0].content = append(l[0].content, make([]byte, int(fallow.MaxManifest))...)
			return l
		}, fallow.CodeLimit},
		"nothing": {func([]member) []member { return nil }, fallow.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := openBytes(t, pack(t, test.change(members(t)))); fallow.CodeOf(err) != test.code {
				t.Errorf("Open: %v (%s), want %s", err, fallow.CodeOf(err), test.code)
			}
		})
	}
}

func TestArchiveContentIsChecked(t *testing.T) {
	for name, content := range map[string][]byte{"shorter": []byte("tex"), "longer": bytes.Repeat([]byte("text"), 1<<20), "other": []byte("TEXT")} {
		list := members(t)
		for i := range list {
			if string(list[i].content) == "text" {
				list[i].content = content
			}
		}
		a, err := openBytes(t, pack(t, list))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Verify(t.Context()); fallow.CodeOf(err) != fallow.CodeTampered {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDescribe(t *testing.T) {
	s := signed(t, sample())
	var b bytes.Buffer
	if err := bundle.Describe(&b, s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"sample@1.0", fallow.DigestOf(s.Manifest).String(), "linux/amd64", "strict", "good, by key", "/bin/a <&>",
		"/usr/lib/python3.11", "A=b=c", "/app/ä.txt", fallow.DigestOf([]byte("text")).String()[:12], "-> usr/bin", "11B in 2 files",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("it lacks %q:\n%s", want, b.String())
		}
	}
	s.Signature[0] ^= 1
	b.Reset()
	if err := bundle.Describe(&b, s); fallow.CodeOf(err) != fallow.CodeTampered || !strings.Contains(b.String(), "WRONG") {
		t.Errorf("with a wrong signature: %v\n%s", err, b.String())
	}
}
