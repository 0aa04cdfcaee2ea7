package sqlstore

import (
	"maps"
	"slices"
)

// Statements lists the statements that were prepared so far. No transaction may
// run.
func (s *Store) Statements() []string {
	all := map[string]bool{}
	for _, pool := range []*sessions{s.readers, s.writers} {
		for range cap(pool.free) {
			c := <-pool.free
			for query := range c.statements {
				all[query] = true
			}
			defer pool.give(c)
		}
	}
	return slices.Sorted(maps.Keys(all))
}
