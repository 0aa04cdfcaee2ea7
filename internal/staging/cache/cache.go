package cache

import (
	"container/list"
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"fallow"
	"fallow/internal/folderlock"
	"fallow/internal/staging/local"
)

// Fetcher brings pieces of files from where they are stored. It writes the bytes of
// the piece in order, each once; it need not verify them.
type Fetcher interface {
	Fetch(ctx context.Context, p fallow.Piece, w io.Writer) error
}

// Cache keeps files in a folder within a limit.
type Cache struct {
	// OnTampered, if not nil, is called when a file that was whole turns out to be
	// damaged; the file is then thrown away and fetched again. Set it before the
	// first Get.
	OnTampered func(d fallow.Digest, err error)

	store *local.Store
	lock  *os.File
	limit int64 // bytes
	fetch Fetcher

	mu      sync.Mutex
	entries map[fallow.Digest]*entry
	order   *list.List // of *entry, the longest unused first
	used    int64      // bytes of all entries, never above limit
}

// Open opens the cache in the folder dir, which is made if it is not there, and
// evicts what is above limit. Files and parts together never take more than limit.
// The error's code is CodeConflict if another process has the cache open.
func Open(dir string, limit fallow.Size, fetch Fetcher) (*Cache, error) {
	if limit <= 0 {
		return nil, fallow.Errorf(fallow.CodeInvalid, "cache limit: %d bytes leave no room for anything", int64(limit))
	}
	store, err := local.Open(dir, local.DefaultMinFree)
	if err != nil {
		return nil, err
	}
	lock, err := folderlock.Take(dir, "agent")
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	c := &Cache{store: store, lock: lock, limit: int64(limit), fetch: fetch,
		entries: map[fallow.Digest]*entry{}, order: list.New()}
	if err := c.load(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close gives up the folder. All handles must be closed before.
func (c *Cache) Close() error { return errors.Join(c.store.Close(), c.lock.Close()) }

// Used is the space that files and parts take now, or are about to.
func (c *Cache) Used() fallow.Size {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fallow.Size(c.used)
}
