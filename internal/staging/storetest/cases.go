package storetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"fallow"
	"fallow/internal/staging"
)

func comesBack(t *testing.T, s staging.Store) {
	for i, size := range []int{0, 1, 4096, 1<<20 + 3} {
		b := content(uint64(i), size)
		d := put(t, s, b)
		if got, err := s.Stat(t.Context(), d); err != nil || got != int64(size) {
			t.Errorf("Stat = %d, %v, want %d", got, err, size)
		}
		wantContent(t, s, b)
		wantOffset(t, s, d, 0)
		if err := staging.Verify(t.Context(), s, d); err != nil {
			t.Errorf("Verify: %v", err)
		}
	}
}

func notFound(t *testing.T, s staging.Store) {
	b := content(1, 1000)
	d := fallow.DigestOf(b)
	wantMissing(t, s, d)
	putPart(t, s, b, 500)
	wantMissing(t, s, d)
	_, err := s.Open(t.Context(), d)
	wantCode(t, err, fallow.CodeNotFound)
	wantCode(t, staging.Verify(t.Context(), s, d), fallow.CodeNotFound)
}

func putOnce(t *testing.T, s staging.Store) {
	b := content(1, 1000)
	d := put(t, s, b)
	reached, err := s.Put(t.Context(), d, 1000, 0, brokenReader{})
	if err != nil || reached != 1000 {
		t.Fatalf("a second Put reached %d: %v", reached, err)
	}
	_, err = s.Put(t.Context(), d, 999, 0, brokenReader{})
	wantCode(t, err, fallow.CodeInvalid)
	wantContent(t, s, b)
}

func goesOn(t *testing.T, s staging.Store) {
	b := content(1, 300_000)
	reached := putPart(t, s, b, 200_000)
	end, err := s.Put(t.Context(), fallow.DigestOf(b), 300_000, reached, bytes.NewReader(b[reached:]))
	if err != nil || end != 300_000 {
		t.Fatalf("the rest reached %d: %v", end, err)
	}
	wantContent(t, s, b)
}

func goesOnAfterError(t *testing.T, s staging.Store) {
	b := content(1, 300_000)
	d := fallow.DigestOf(b)
	reached, err := s.Put(t.Context(), d, 300_000, 0, brokenAfter(b[:150_000]))
	if !errors.Is(err, errBroken) {
		t.Fatalf("Put gave %v, want the reader's error", err)
	}
	wantOffset(t, s, d, reached)
	if err := finish(t.Context(), s, b); err != nil {
		t.Fatal(err)
	}
	wantContent(t, s, b)
}

func wrongOffset(t *testing.T, s staging.Store) {
	b := content(1, 1000)
	d := fallow.DigestOf(b)
	reached := putPart(t, s, b, 500)
	for _, offset := range []int64{reached + 1, 1000} {
		_, err := s.Put(t.Context(), d, 1000, offset, bytes.NewReader(b[offset:]))
		wantCode(t, err, fallow.CodeConflict)
		wantOffset(t, s, d, reached)
	}
}

func wrongContent(t *testing.T, s staging.Store) {
	right, wrong := content(1, 1000), content(2, 1000)
	_, err := s.Put(t.Context(), fallow.DigestOf(right), 1000, 0, bytes.NewReader(wrong))
	wantCode(t, err, fallow.CodeTampered)
	wantGone(t, s, right)
}

func wrongPart(t *testing.T, s staging.Store) {
	right, wrong := content(1, 1000), content(2, 1000)
	d := fallow.DigestOf(right)
	reached, err := s.Put(t.Context(), d, 1000, 0, bytes.NewReader(wrong[:400]))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Put(t.Context(), d, 1000, reached, bytes.NewReader(right[reached:]))
	if reached > 0 {
		wantCode(t, err, fallow.CodeTampered)
		wantGone(t, s, right)
	}
}

func tooMuch(t *testing.T, s staging.Store) {
	b := content(1, 1000)
	more := append(bytes.Clone(b), 'x')
	_, err := s.Put(t.Context(), fallow.DigestOf(b), 1000, 0, bytes.NewReader(more))
	wantCode(t, err, fallow.CodeInvalid)
	wantGone(t, s, b)
}

func impossibleSizes(t *testing.T, s staging.Store) {
	d := fallow.DigestOf(nil)
	_, err := s.Put(t.Context(), d, -1, 0, brokenReader{})
	wantCode(t, err, fallow.CodeInvalid)
	_, err = s.Put(t.Context(), d, int64(fallow.MaxFile)+1, 0, brokenReader{})
	wantCode(t, err, fallow.CodeLimit)
}

func wrongSize(t *testing.T, s staging.Store) {
	b := content(1, 1000)
	d := fallow.DigestOf(b)
	if _, err := s.Put(t.Context(), d, 5000, 0, bytes.NewReader(content(2, 4000))); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if finish(t.Context(), s, b) == nil {
			break
		}
	}
	wantContent(t, s, b)
}

func deleted(t *testing.T, s staging.Store) {
	b := content(1, 1000)
	d := put(t, s, b)
	for range 2 {
		if err := s.Delete(t.Context(), d); err != nil {
			t.Fatalf("Delete: %v", err)
		}
	}
	wantGone(t, s, b)
}

func deletedPart(t *testing.T, s staging.Store) {
	b := content(1, 1000)
	putPart(t, s, b, 500)
	if err := s.Delete(t.Context(), fallow.DigestOf(b)); err != nil {
		t.Fatal(err)
	}
	wantGone(t, s, b)
}

func cancelled(t *testing.T, s staging.Store) {
	b := content(1, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Put(ctx, fallow.DigestOf(b), 1000, 0, bytes.NewReader(b))
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Put gave %v, want context.Canceled", err)
	}
	wantMissing(t, s, fallow.DigestOf(b))
	if err := finish(t.Context(), s, b); err != nil {
		t.Fatal(err)
	}
}

func openSurvives(t *testing.T, s staging.Store) {
	b := content(1, 1000)
	d := put(t, s, b)
	f, err := s.Open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := s.Delete(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 100)
	if _, err := f.ReadAt(got, 900); err != nil && err != io.EOF {
		t.Fatalf("read after deletion: %v", err)
	}
	if !bytes.Equal(got, b[900:]) {
		t.Error("content changed after deletion")
	}
}
