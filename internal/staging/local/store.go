package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"fallow"
	"fallow/internal/staging"
	"fallow/internal/staging/regular"
)

// Store is a [staging.Store] in a folder.
type Store struct {
	root    *os.Root
	minFree fallow.Size
}

var _ staging.Store = (*Store)(nil)

// Open opens the store in the folder dir, which is made if it is not there.
// minFree is the space that must stay free in its file system, [DefaultMinFree]
// being the usual value.
func Open(dir string, minFree fallow.Size) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{root: root, minFree: minFree}
	if err := s.makeDir(partsDir); err != nil {
		root.Close()
		return nil, fmt.Errorf("open store %q: %w", dir, err)
	}
	return s, nil
}

// makeDir makes a folder below the store's, durably, unless it is there.
func (s *Store) makeDir(name string) error {
	err := s.root.Mkdir(name, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.syncDir(".")
}

// Close gives up the folder. Open files and parts stay usable.
func (s *Store) Close() error { return s.root.Close() }

// Stat implements [staging.Store].
func (s *Store) Stat(_ context.Context, d fallow.Digest) (int64, error) {
	info, err := s.root.Lstat(fileName(d))
	if err != nil {
		return 0, notStored(d, err)
	}
	if err := regular.Check(fileName(d), info); err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Offset implements [staging.Store].
func (s *Store) Offset(_ context.Context, d fallow.Digest) (int64, error) {
	info, err := s.root.Lstat(partName(d))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("part of file %s: %w", d, err)
	}
	if err := regular.Check(partName(d), info); err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Open implements [staging.Store].
func (s *Store) Open(_ context.Context, d fallow.Digest) (staging.File, error) {
	f, err := s.OpenFile(d)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open file %s: %w", d, err)
	}
	return &file{File: f, size: info.Size()}, nil
}

// OpenFile opens a whole file as the file it is. The error's code is CodeNotFound
// if it is not there.
func (s *Store) OpenFile(d fallow.Digest) (*os.File, error) {
	f, err := regular.Open(s.root, fileName(d), os.O_RDONLY)
	if err != nil {
		return nil, notStored(d, err)
	}
	return f, nil
}

// Delete implements [staging.Store].
func (s *Store) Delete(_ context.Context, d fallow.Digest) error {
	for _, name := range []string{fileName(d), partName(d)} {
		if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete file %s: %w", d, err)
		}
	}
	return nil
}

// Put implements [staging.Store].
func (s *Store) Put(ctx context.Context, d fallow.Digest, size, offset int64, r io.Reader) (int64, error) {
	p, err := s.lockPart(d, size)
	if errors.Is(err, ErrStored) {
		return size, s.checkStored(ctx, d, size)
	}
	if err != nil {
		return 0, err
	}
	defer p.Close()
	if p.offset != offset {
		return p.offset, fallow.Errorf(fallow.CodeConflict, "file %s: the upload goes on at offset %d, not %d", d, p.offset, offset)
	}
	if err := p.rehash(ctx); err != nil {
		return p.offset, err
	}
	return p.fill(ctx, r)
}

// checkStored tells whether a file that is whole has the size it is said to have.
func (s *Store) checkStored(ctx context.Context, d fallow.Digest, size int64) error {
	stored, err := s.Stat(ctx, d)
	if err != nil {
		return err
	}
	if stored != size {
		return fallow.Errorf(fallow.CodeInvalid, "file %s has %d bytes, not %d", d, stored, size)
	}
	return nil
}

// syncDir makes names in a folder durable (fsync(2): a file's own fsync does not).
func (s *Store) syncDir(name string) error {
	dir, err := s.root.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func notStored(d fallow.Digest, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fallow.Errorf(fallow.CodeNotFound, "file %s is not in the store", d)
	}
	return fmt.Errorf("file %s: %w", d, err)
}

// file adds the size to an open file.
type file struct {
	*os.File
	size int64
}

// Size implements [staging.File].
func (f *file) Size() int64 { return f.size }
