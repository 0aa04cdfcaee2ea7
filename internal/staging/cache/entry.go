package cache

import (
	"container/list"

	"fallow"
)

// entry is a file or a part in the cache, or one about to be. All fields are
// guarded by the cache's mutex.
type entry struct {
	digest fallow.Digest
	bytes  int64 // of the limit: what is on disk, or what a flight may put there
	whole  bool
	pins   int         // handles, and Gets under way
	print  fingerprint // zero: not verified by this process
	linked bool        // linked into folders since it was last unpinned
	flight *flight     // nil when nobody works on it
	place  *list.Element
}

// entry finds an entry or makes an empty one, and counts as a use of it.
func (c *Cache) entry(d fallow.Digest) *entry {
	if e := c.entries[d]; e != nil {
		c.order.MoveToBack(e.place)
		return e
	}
	e := &entry{digest: d}
	e.place = c.order.PushBack(e)
	c.entries[d] = e
	return e
}

// forget removes an entry that takes no space from the index.
func (c *Cache) forget(e *entry) {
	c.order.Remove(e.place)
	delete(c.entries, e.digest)
}

// pin keeps an entry from being evicted.
func (c *Cache) pin(d fallow.Digest) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entry(d)
	e.pins++
	return e
}

// unpin is the inverse of pin.
func (c *Cache) unpin(e *entry) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.pins--
	if e.pins > 0 {
		return nil
	}
	if e.bytes == 0 && !e.whole {
		c.forget(e)
		return nil
	}
	return c.rest(e)
}
