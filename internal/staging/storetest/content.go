package storetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"fallow"
	"fallow/internal/staging"
)

// content gives size bytes that look random and are the same for the same seed.
func content(seed uint64, size int) []byte {
	var key [32]byte
	key[0] = byte(seed)
	key[1] = byte(seed >> 8)
	b := make([]byte, size)
	// ChaCha8's Read never fails.
	_, _ = rand.NewChaCha8(key).Read(b)
	return b
}

func put(t *testing.T, s staging.Store, b []byte) fallow.Digest {
	t.Helper()
	d := fallow.DigestOf(b)
	reached, err := s.Put(t.Context(), d, int64(len(b)), 0, bytes.NewReader(b))
	if err != nil || reached != int64(len(b)) {
		t.Fatalf("Put of %d bytes reached %d: %v", len(b), reached, err)
	}
	return d
}

// putPart puts the beginning of b and gives the offset that the store has then.
func putPart(t *testing.T, s staging.Store, b []byte, n int) int64 {
	t.Helper()
	d := fallow.DigestOf(b)
	reached, err := s.Put(t.Context(), d, int64(len(b)), 0, bytes.NewReader(b[:n]))
	if err != nil {
		t.Fatalf("Put of a part: %v", err)
	}
	if reached < 0 || reached > int64(n) {
		t.Fatalf("Put of %d bytes reached %d", n, reached)
	}
	wantOffset(t, s, d, reached)
	return reached
}

func wantContent(t *testing.T, s staging.Store, want []byte) {
	t.Helper()
	f, err := s.Open(t.Context(), fallow.DigestOf(want))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer f.Close()
	got, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read %d bytes that are not the %d put: %v", len(got), len(want), err)
	}
}

func wantOffset(t *testing.T, s staging.Store, d fallow.Digest, want int64) {
	t.Helper()
	if got, err := s.Offset(t.Context(), d); err != nil || got != want {
		t.Fatalf("Offset = %d, %v, want %d", got, err, want)
	}
}

func wantMissing(t *testing.T, s staging.Store, d fallow.Digest) {
	t.Helper()
	_, err := s.Stat(t.Context(), d)
	wantCode(t, err, fallow.CodeNotFound)
}

func wantCode(t *testing.T, err error, want fallow.Code) {
	t.Helper()
	if err == nil || fallow.CodeOf(err) != want {
		t.Fatalf("error %v, want code %q", err, want)
	}
}

// wantGone checks that neither file nor part is there, and that the right content
// can still be put.
func wantGone(t *testing.T, s staging.Store, right []byte) {
	t.Helper()
	wantMissing(t, s, fallow.DigestOf(right))
	wantOffset(t, s, fallow.DigestOf(right), 0)
	put(t, s, right)
	wantContent(t, s, right)
}

var errBroken = errors.New("the connection broke")

// brokenAfter gives b and then an error.
func brokenAfter(b []byte) io.Reader { return io.MultiReader(bytes.NewReader(b), brokenReader{}) }

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }

// finish puts the rest of b, starting over if the store asks for that.
func finish(ctx context.Context, s staging.Store, b []byte) error {
	d := fallow.DigestOf(b)
	offset, err := s.Offset(ctx, d)
	if err != nil {
		return err
	}
	if offset > int64(len(b)) {
		offset = 0
	}
	_, err = s.Put(ctx, d, int64(len(b)), offset, bytes.NewReader(b[offset:]))
	return err
}
