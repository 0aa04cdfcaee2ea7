package cache

import (
	"os"
	"sync"

	"fallow"
)

// Handle pins a file of the cache: whole, verified and sure to stay. It must be
// closed.
type Handle struct {
	cache *Cache
	entry *entry
	size  int64
	once  sync.Once
}

// Digest names the file.
func (h *Handle) Digest() fallow.Digest { return h.entry.digest }

// Size is the file's size in bytes.
func (h *Handle) Size() int64 { return h.size }

// Open opens the file for reading. The error's code is CodeTampered if it is not
// the file that was verified.
func (h *Handle) Open() (*os.File, error) {
	f, err := h.cache.store.OpenFile(h.entry.digest)
	if err != nil {
		return nil, err
	}
	if err := h.check(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (h *Handle) check(f *os.File) error {
	now, err := stat(f)
	if err != nil {
		return err
	}
	if !h.cache.known(h.entry, now) {
		return fallow.Errorf(fallow.CodeTampered, "file %s was changed after it was verified", h.entry.digest)
	}
	return nil
}

// Close unpins the file. Links made by [Handle.Link] should be gone by then, or the
// file is hashed again at its next use. Further calls do nothing.
func (h *Handle) Close() (err error) {
	h.once.Do(func() { err = h.cache.unpin(h.entry) })
	return err
}
