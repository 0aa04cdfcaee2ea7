package cache

import (
	"context"
	"fmt"

	"fallow"
)

// reserve takes size bytes of the limit for an entry, evicting others if need be.
// It removes before it promises, so that the folder never holds more than the
// limit, whatever happens at the same time.
func (c *Cache) reserve(e *entry, size int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if size > c.limit {
		return fallow.Errorf(fallow.CodeLimit, "cache limit: file %s has %s, the whole cache only %s",
			e.digest, fallow.Size(size), fallow.Size(c.limit)).WithHint("raise the node's cache limit")
	}
	more := max(0, size-e.bytes)
	for c.used+more > c.limit {
		if err := c.evictOldest(e.digest, size); err != nil {
			return err
		}
	}
	c.used += more
	e.bytes += more
	return nil
}

// evictOldest removes the entry whose last use is longest ago to make room for size
// bytes of d.
func (c *Cache) evictOldest(d fallow.Digest, size int64) error {
	for place := c.order.Front(); place != nil; place = place.Next() {
		if e := place.Value.(*entry); e.pins == 0 {
			return c.evict(e)
		}
	}
	return fallow.Errorf(fallow.CodeLimit, "cache limit: no room for %s of file %s, since all of the %s is in use",
		fallow.Size(size), d, fallow.Size(c.limit)).
		WithHint("run fewer attempts at once on this node, or raise its cache limit")
}

func (c *Cache) evict(e *entry) error {
	if err := c.store.Delete(context.Background(), e.digest); err != nil {
		return fmt.Errorf("evict from cache: %w", err)
	}
	c.used -= e.bytes
	c.forget(e)
	return nil
}

// settle gives back what an entry does not take on disk after all.
func (c *Cache) settle(e *entry, bytes int64, whole bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used -= e.bytes - bytes
	e.bytes, e.whole = bytes, whole
}
