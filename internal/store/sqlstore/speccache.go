package sqlstore

import (
	"sync"

	"fallow"
)

// maxCachedSpecs bounds the specs that are kept decoded: at least one of any size,
// and in all this much JSON text.
const maxCachedSpecs = 64 * fallow.MiB

// specCache keeps decoded specs. Every round of scheduling looks at the same jobs
// again, a spec never changes, and it may be long: decoding it each time would be
// most of the round's cost. What it gives is shared and must not be changed.
type specCache struct {
	max fallow.Size

	mu    sync.Mutex
	size  fallow.Size
	specs map[fallow.JobID]cachedSpec
}

type cachedSpec struct {
	spec fallow.JobSpec
	size fallow.Size
}

func newSpecCache(max fallow.Size) *specCache {
	return &specCache{max: max, specs: map[fallow.JobID]cachedSpec{}}
}

func (c *specCache) get(id fallow.JobID) (fallow.JobSpec, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.specs[id]
	return s.spec, ok
}

// put keeps a spec and drops any others to make room. Which ones hardly matters:
// a wrong choice costs one decoding.
func (c *specCache) put(id fallow.JobID, spec fallow.JobSpec, size fallow.Size) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.specs[id]; ok {
		return
	}
	for other, s := range c.specs {
		if c.size+size <= c.max {
			break
		}
		delete(c.specs, other)
		c.size -= s.size
	}
	c.specs[id] = cachedSpec{spec: spec, size: size}
	c.size += size
}
