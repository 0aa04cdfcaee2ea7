package cache

import (
	"context"
	"fmt"
	"slices"

	"fallow"
	"fallow/internal/staging/local"
)

// load rebuilds the index from the folder, without reading any file.
func (c *Cache) load() error {
	var found []local.Entry
	for e, err := range c.store.List(context.Background()) {
		if err != nil {
			return fmt.Errorf("open cache: %w", err)
		}
		found = append(found, e)
	}
	slices.SortFunc(found, func(a, b local.Entry) int { return a.Modified.Compare(b.Modified) })
	for _, f := range found {
		e := c.entry(f.Digest)
		e.whole = e.whole || !f.Part
		e.bytes += f.Size
		c.used += f.Size
	}
	for c.used > c.limit {
		if err := c.evictOldest(fallow.Digest{}, 0); err != nil {
			return fmt.Errorf("open cache: %w", err)
		}
	}
	return nil
}
