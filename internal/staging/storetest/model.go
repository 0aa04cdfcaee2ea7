package storetest

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"fallow"
	"fallow/internal/staging"
)

// modelFile is what a file should be in the store.
type modelFile struct {
	content []byte
	offset  int64 // of the part
	whole   bool
}

// model makes random calls over a few files and compares the store with what it
// should hold after each.
func model(t *testing.T, s staging.Store) {
	round := uint64(0)
	rapid.Check(t, func(rt *rapid.T) {
		round++
		files := make([]*modelFile, 3)
		for i := range files {
			size := rapid.IntRange(0, 5000).Draw(rt, "size")
			files[i] = &modelFile{content: append(content(round, size), byte(i), byte(round), byte(round>>8))}
		}
		one := func() *modelFile { return rapid.SampledFrom(files).Draw(rt, "file") }
		rt.Repeat(map[string]func(*rapid.T){
			"put":    func(rt *rapid.T) { one().put(t, rt, s) },
			"delete": func(rt *rapid.T) { one().delete(t, rt, s) },
			"":       func(rt *rapid.T) { checkAll(t, rt, s, files) },
		})
		for _, f := range files {
			f.delete(t, rt, s)
		}
	})
}

// put gives the store some bytes at some offset, mostly the right one.
func (f *modelFile) put(t *testing.T, rt *rapid.T, s staging.Store) {
	size := int64(len(f.content))
	offset := f.offset
	if rapid.IntRange(0, 4).Draw(rt, "luck") == 0 {
		offset = rapid.Int64Range(0, size).Draw(rt, "offset")
	}
	end := rapid.Int64Range(offset, size).Draw(rt, "end")
	reached, err := s.Put(t.Context(), fallow.DigestOf(f.content), size, offset, bytes.NewReader(f.content[offset:end]))
	switch {
	case f.whole:
		if err != nil || reached != size {
			rt.Fatalf("Put of a whole file reached %d: %v", reached, err)
		}
	case offset != f.offset:
		if fallow.CodeOf(err) != fallow.CodeConflict {
			rt.Fatalf("Put at %d instead of %d: %v", offset, f.offset, err)
		}
	case err != nil || reached < offset || reached > end || (end == size && reached != size):
		rt.Fatalf("Put of [%d, %d) of %d reached %d: %v", offset, end, size, reached, err)
	case reached == size:
		f.whole, f.offset = true, 0
	default:
		f.offset = reached
	}
}

func (f *modelFile) delete(t *testing.T, rt *rapid.T, s staging.Store) {
	if err := s.Delete(t.Context(), fallow.DigestOf(f.content)); err != nil {
		rt.Fatalf("Delete: %v", err)
	}
	f.whole, f.offset = false, 0
}

func checkAll(t *testing.T, rt *rapid.T, s staging.Store, files []*modelFile) {
	for _, f := range files {
		d := fallow.DigestOf(f.content)
		size, err := s.Stat(t.Context(), d)
		if f.whole && (err != nil || size != int64(len(f.content))) {
			rt.Fatalf("Stat of a whole file = %d, %v", size, err)
		}
		if !f.whole && fallow.CodeOf(err) != fallow.CodeNotFound {
			rt.Fatalf("Stat of a missing file = %d, %v", size, err)
		}
		if offset, err := s.Offset(t.Context(), d); err != nil || offset != f.offset {
			rt.Fatalf("Offset = %d, %v, want %d", offset, err, f.offset)
		}
		if err := staging.Verify(t.Context(), s, d); f.whole && err != nil {
			rt.Fatalf("Verify: %v", err)
		}
	}
}
