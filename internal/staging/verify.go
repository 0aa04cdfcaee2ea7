package staging

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"fallow"
)

// bufferSize is what is read at once when content is hashed.
const bufferSize = 256 << 10

// Verify reads a file of the store and compares its content with its digest. A
// damaged file gives an error of CodeTampered; it stays where it is.
func Verify(ctx context.Context, s Store, d fallow.Digest) error {
	f, err := s.Open(ctx, d)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if err := HashInto(ctx, h, io.NewSectionReader(f, 0, f.Size())); err != nil {
		return fmt.Errorf("verify file %s: %w", d, err)
	}
	return CheckDigest(d, h)
}

// HashInto adds all that r gives to h, and stops when ctx ends.
func HashInto(ctx context.Context, h hash.Hash, r io.Reader) error {
	buf := make([]byte, bufferSize)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		h.Write(buf[:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// CheckDigest gives an error of CodeTampered unless what was hashed by h has the
// digest d.
func CheckDigest(d fallow.Digest, h hash.Hash) error {
	if got := fallow.Digest(h.Sum(nil)); got != d {
		return fallow.Errorf(fallow.CodeTampered, "file %s is damaged: its content has the digest %s", d, got)
	}
	return nil
}
