package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/klauspost/compress/zstd"

	"fallow"
)

// Write writes an archive, as a stream. The content of files comes from open, and is
// checked against its digest on the way; the error is of code [fallow.CodeTampered]
// if it is another. After an error, what was written is no archive.
func Write(ctx context.Context, w io.Writer, signed Signed, open func(fallow.Digest) (io.ReadCloser, error)) error {
	m, err := Parse(signed.Manifest)
	if err != nil {
		return err
	}
	if err := signed.Check(); err != nil {
		return err
	}
	archive := zip.NewWriter(w)
	archive.RegisterCompressor(zstdMethod, zstd.ZipCompressor())
	if err := writeHead(archive, signed); err != nil {
		return fmt.Errorf("write archive of bundle %q: %w", m.Name, err)
	}
	sizes := contents(m)
	for _, digest := range slices.SortedFunc(maps.Keys(sizes), compareDigests) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := writeFile(archive, digest, sizes[digest], open); err != nil {
			return fmt.Errorf("write file %s to archive of bundle %q: %w", digest, m.Name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("write archive of bundle %q: %w", m.Name, err)
	}
	return nil
}

func writeHead(archive *zip.Writer, signed Signed) error {
	for _, member := range []struct {
		name    string
		content []byte
	}{{manifestMember, signed.Manifest}, {signatureMember, signed.Signature}, {authorMember, signed.Author}} {
		if member.content == nil {
			continue
		}
		w, err := create(archive, member.name)
		if err != nil {
			return err
		}
		if _, err := w.Write(member.content); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(archive *zip.Writer, digest fallow.Digest, size int64, open func(fallow.Digest) (io.ReadCloser, error)) error {
	source, err := open(digest)
	if err != nil {
		return err
	}
	defer source.Close()
	w, err := create(archive, memberName(digest))
	if err != nil {
		return err
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, hash), io.LimitReader(source, size+1))
	if err != nil {
		return err
	}
	if n != size || fallow.Digest(hash.Sum(nil)) != digest {
		return fallow.Errorf(fallow.CodeTampered, "its content has changed since it was wrapped").
			WithHint("wrap it again while nothing writes to it")
	}
	return nil
}

func create(archive *zip.Writer, name string) (io.Writer, error) {
	return archive.CreateHeader(&zip.FileHeader{Name: name, Method: zstdMethod})
}

// contents gives the size of each content of a manifest.
func contents(m fallow.Manifest) map[fallow.Digest]int64 {
	sizes := make(map[fallow.Digest]int64, len(m.Files))
	for _, f := range m.Files {
		sizes[f.Digest] = f.Size
	}
	return sizes
}

func compareDigests(a, b fallow.Digest) int { return bytes.Compare(a[:], b[:]) }
