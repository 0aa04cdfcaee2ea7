package bundle

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"strings"
	"testing"

	"fallow"
)

func FuzzRead(f *testing.F) {
	content := "content"
	m := fallow.Manifest{
		Format: fallow.ManifestFormat, Name: "x", OS: "linux", Arch: "amd64", Profile: fallow.ProfileStrict,
		Entries: []fallow.Entry{{Name: "x", Argv: []string{"/x"}}},
		Files:   []fallow.BundleFile{{Path: "/x", Digest: fallow.DigestOf([]byte(content)), Size: int64(len(content)), Exec: true}},
	}
	text, err := Marshal(m)
	if err != nil {
		f.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	open := func(fallow.Digest) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }
	for _, signed := range []Signed{
		{Manifest: text},
		{Manifest: text, Signature: Sign(key, text), Author: key.Public().(ed25519.PublicKey)},
	} {
		var archive bytes.Buffer
		if err := Write(context.Background(), &archive, signed, open); err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Bytes())
	}
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := read(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return
		}
		if err := Validate(a.Bundle); err != nil {
			t.Errorf("an archive of a manifest that is refused: %v", err)
		}
		for _, file := range a.Bundle.Files {
			r, err := a.OpenFile(file.Digest)
			if err != nil {
				continue
			}
			got, err := io.ReadAll(r)
			r.Close()
			if err == nil && fallow.DigestOf(got) != file.Digest {
				t.Errorf("%q was read as %q", file.Path, got)
			}
		}
	})
}
