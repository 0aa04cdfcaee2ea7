package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"time"

	"fallow"
)

// Entry is a file or a part in the store.
type Entry struct {
	Digest   fallow.Digest
	Size     int64     // bytes that are there
	Modified time.Time // of a part: last written
	Part     bool      // not whole
}

// List goes over all files and parts, in no useful order. What does not belong to
// the store is passed over; so is what vanishes meanwhile. An error ends the list.
func (s *Store) List(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for i := range dirs {
			if !s.listDir(ctx, dirName(i), yield) {
				return
			}
		}
		s.listDir(ctx, partsDir, yield)
	}
}

// listDir tells whether to go on.
func (s *Store) listDir(ctx context.Context, dir string, yield func(Entry, error) bool) bool {
	names, err := s.readDir(ctx, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return true // a folder is made when its first file comes
	}
	if err != nil {
		yield(Entry{}, fmt.Errorf("list store: %w", err))
		return false
	}
	for _, name := range names {
		entry, ok := parseEntry(dir, name.Name())
		info, err := name.Info()
		if !ok || errors.Is(err, fs.ErrNotExist) || (err == nil && !info.Mode().IsRegular()) {
			continue
		}
		if err != nil {
			yield(Entry{}, fmt.Errorf("list store: %w", err))
			return false
		}
		entry.Size, entry.Modified = info.Size(), info.ModTime()
		if !yield(entry, nil) {
			return false
		}
	}
	return true
}

func (s *Store) readDir(ctx context.Context, dir string) ([]fs.DirEntry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return fs.ReadDir(s.root.FS(), dir)
}

func parseEntry(dir, base string) (Entry, bool) {
	if dir == partsDir {
		d, ok := parsePartName(base)
		return Entry{Digest: d, Part: true}, ok
	}
	d, err := fallow.ParseDigest(dir + base)
	return Entry{Digest: d}, err == nil
}
