package server

import (
	"context"
	"io"

	"fallow"
	"fallow/internal/staging"
)

// indexes reads the index files of splits in the file store. A lease reads two
// small pieces of one, so each read opens the file anew rather than keep files
// open for jobs that may be long over.
type indexes struct{ files staging.Store }

// Open implements split.Indexes.
func (x indexes) Open(d fallow.Digest) (io.ReaderAt, int64, error) {
	size, err := x.files.Stat(context.Background(), d)
	return indexFile{x.files, d}, size, err
}

type indexFile struct {
	files  staging.Store
	digest fallow.Digest
}

// ReadAt implements [io.ReaderAt].
func (f indexFile) ReadAt(p []byte, off int64) (int, error) {
	file, err := f.files.Open(context.Background(), f.digest)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	return file.ReadAt(p, off)
}
