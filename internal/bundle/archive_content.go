package bundle

import (
	"archive/zip"
	"crypto/sha256"
	"hash"
	"io"

	"fallow"
)

// contentReader checks a content while it is read: no more bytes than the manifest
// says, however well they were packed, and at the end the digest.
type contentReader struct {
	io.ReadCloser
	hash   hash.Hash
	left   int64
	digest fallow.Digest
}

func openMember(member *zip.File, size int64, d fallow.Digest) (io.ReadCloser, error) {
	r, err := openRaw(member)
	if err != nil {
		return nil, err
	}
	return &contentReader{ReadCloser: r, hash: sha256.New(), left: size, digest: d}, nil
}

func (c *contentReader) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.left -= int64(n)
	c.hash.Write(p[:n]) // never an error, see package hash
	switch {
	case c.left < 0:
		return 0, fallow.Errorf(fallow.CodeTampered, "file %s of the archive is longer than its manifest says", c.digest)
	case err == io.EOF && (c.left > 0 || fallow.Digest(c.hash.Sum(nil)) != c.digest):
		return n, fallow.Errorf(fallow.CodeTampered, "the content of file %s of the archive is not what its digest says", c.digest)
	case err != nil && err != io.EOF:
		return n, fallow.Errorf(fallow.CodeTampered, "read file %s of the archive: %w", c.digest, err)
	}
	return n, err
}
