package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"

	"fallow"
)

// Archive is an open archive. Its contents may be read concurrently.
type Archive struct {
	Signed
	Bundle fallow.Manifest // Signed.Manifest, parsed

	files  map[fallow.Digest]*zip.File
	closer io.Closer
}

// Open opens an archive: it reads and checks the manifest and the signature, and
// sees that the members are exactly those that the manifest names. Contents are
// checked as they are read. A broken archive is an error of code
// [fallow.CodeInvalid], [fallow.CodeLimit] or, if the signature doesn't fit,
// [fallow.CodeTampered].
func Open(path string) (*Archive, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open bundle %q: %w", path, err), file.Close())
	}
	archive, err := read(file, info.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open bundle %q: %w", path, err), file.Close())
	}
	archive.closer = file
	return archive, nil
}

// Close closes the archive's file. Contents that are still open can't be read then.
func (a *Archive) Close() error { return a.closer.Close() }

// OpenFile opens a content by its digest. The reader ends with an error of code
// [fallow.CodeTampered], rather than io.EOF, if what was read is something else; use
// nothing of it before it ends.
func (a *Archive) OpenFile(d fallow.Digest) (io.ReadCloser, error) {
	member, ok := a.files[d]
	if !ok {
		return nil, fallow.Errorf(fallow.CodeNotFound, "bundle %q has no file %s", a.Bundle.Name, d)
	}
	return openMember(member, contents(a.Bundle)[d], d)
}

// Verify reads all contents and checks their digests.
func (a *Archive) Verify(ctx context.Context) error {
	for d := range a.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := a.verifyFile(d); err != nil {
			return fmt.Errorf("bundle %q: %w", a.Bundle.Name, err)
		}
	}
	return nil
}

func (a *Archive) verifyFile(d fallow.Digest) error {
	r, err := a.OpenFile(d)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return errors.Join(err, r.Close())
}

func read(file io.ReaderAt, size int64) (*Archive, error) {
	counted := &limitedReaderAt{file: file}
	counted.left.Store(maxDirectory)
	members, err := zip.NewReader(counted, size)
	if err != nil {
		return nil, fallow.Errorf(fallow.CodeInvalid, "this is no bundle archive: %w", err)
	}
	counted.left.Store(1 << 62) // the members' own limits hold from here
	members.RegisterDecompressor(zstdMethod, zstd.ZipDecompressor(
		zstd.WithDecoderMaxMemory(64<<20), zstd.WithDecoderConcurrency(1)))
	a := &Archive{files: make(map[fallow.Digest]*zip.File, len(members.File))}
	rest, err := a.readHead(members.File)
	if err != nil {
		return nil, err
	}
	if a.Bundle, err = Parse(a.Manifest); err != nil {
		return nil, err
	}
	if err := a.Check(); err != nil {
		return nil, err
	}
	return a, a.index(rest)
}

// readHead reads the members before the files, in their order.
func (a *Archive) readHead(members []*zip.File) (rest []*zip.File, err error) {
	for _, head := range []struct {
		name     string
		limit    int64
		required bool
		to       func([]byte)
	}{
		{manifestMember, int64(fallow.MaxManifest), true, func(b []byte) { a.Manifest = b }},
		{signatureMember, ed25519.SignatureSize, false, func(b []byte) { a.Signature = b }},
		{authorMember, ed25519.PublicKeySize, false, func(b []byte) { a.Author = b }},
	} {
		if len(members) == 0 || members[0].Name != head.name {
			if head.required {
				return nil, invalid("this is no bundle archive: it does not begin with %s", head.name)
			}
			continue
		}
		content, err := readMember(members[0], head.limit)
		if err != nil {
			return nil, err
		}
		head.to(content)
		members = members[1:]
	}
	return members, nil
}

func readMember(member *zip.File, limit int64) ([]byte, error) {
	r, err := openRaw(member)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fallow.Errorf(fallow.CodeInvalid, "read %s of the archive: %w", member.Name, err)
	}
	if int64(len(content)) > limit {
		return nil, fallow.Errorf(fallow.CodeLimit, "%s of the archive has more than %d bytes", member.Name, limit)
	}
	return content, nil
}

// index sees that each content of the manifest is there once and nothing else, in
// order of digest.
func (a *Archive) index(members []*zip.File) error {
	sizes := contents(a.Bundle)
	var last *fallow.Digest
	for _, member := range members {
		d, err := memberDigest(member.Name)
		if err != nil {
			return err
		}
		if _, ok := sizes[d]; !ok {
			return invalid("the archive has a file %s that its manifest does not name", d)
		}
		if last != nil && bytes.Compare(last[:], d[:]) >= 0 {
			return invalid("the archive has file %s twice or out of order", d)
		}
		a.files[d], last = member, &d
	}
	for _, f := range a.Bundle.Files {
		if a.files[f.Digest] == nil {
			return invalid("the archive lacks the content of %q, %s", f.Path, f.Digest)
		}
	}
	return nil
}

func openRaw(member *zip.File) (io.ReadCloser, error) {
	if member.Method != zstdMethod {
		return nil, invalid("%s of the archive is packed by method %d, not by Zstandard", member.Name, member.Method)
	}
	r, err := member.Open()
	if err != nil {
		return nil, fallow.Errorf(fallow.CodeInvalid, "read %s of the archive: %w", member.Name, err)
	}
	return r, nil
}

// limitedReaderAt bounds what is read of a file, because package zip takes the
// whole list of members into memory before anyone can look at it.
type limitedReaderAt struct {
	file io.ReaderAt
	left atomic.Int64
}

func (l *limitedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if l.left.Add(-int64(len(p))) < 0 {
		return 0, fallow.Errorf(fallow.CodeLimit, "its list of members has more than %d bytes", maxDirectory)
	}
	return l.file.ReadAt(p, off)
}
