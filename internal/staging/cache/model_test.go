package cache_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"fallow"
	"fallow/internal/staging/cache"
)

// modelCache is what a cache of so many bytes should do.
type modelCache struct {
	limit int64
	order []int // files held, the longest unused first
	pins  map[int]int
	sizes []int64
}

func (m *modelCache) used() (total int64) {
	for _, i := range m.order {
		total += m.sizes[i]
	}
	return total
}

// get tells whether a Get succeeds and whether it fetches.
func (m *modelCache) get(i int) (ok, fetches bool) {
	at := slices.Index(m.order, i)
	if at < 0 {
		if !m.makeRoom(m.sizes[i]) {
			return false, false
		}
	} else {
		m.order = slices.Delete(m.order, at, at+1)
	}
	m.order = append(m.order, i)
	m.pins[i]++
	return true, at < 0
}

// makeRoom evicts what a real cache would, also when that is not enough.
func (m *modelCache) makeRoom(size int64) bool {
	if size > m.limit {
		return false
	}
	for m.used()+size > m.limit {
		at := slices.IndexFunc(m.order, func(i int) bool { return m.pins[i] == 0 })
		if at < 0 {
			return false
		}
		m.order = slices.Delete(m.order, at, at+1)
	}
	return true
}

// machine runs a cache and its model side by side.
type machine struct {
	t     *testing.T
	s     *source
	dir   string
	c     *cache.Cache
	model *modelCache
	files []fallow.SliceFile
	open  []*cache.Handle
	which []int // file of each open handle
}

func (m *machine) get(rt *rapid.T) {
	i := rapid.IntRange(0, len(m.files)-1).Draw(rt, "file")
	before := m.s.fetches.Load()
	h, err := m.c.Get(m.t.Context(), m.files[i])
	ok, fetches := m.model.get(i)
	if ok != (err == nil) {
		rt.Fatalf("Get of file %d: %v, the model says %v", i, err, ok)
	}
	if fetched := m.s.fetches.Load() > before; fetched != fetches {
		rt.Fatalf("Get of file %d fetched: %v, the model says %v", i, fetched, fetches)
	}
	if err != nil {
		if fallow.CodeOf(err) != fallow.CodeLimit {
			rt.Fatalf("Get: %v", err)
		}
		return
	}
	m.open, m.which = append(m.open, h), append(m.which, i)
}

func (m *machine) close(rt *rapid.T) {
	if len(m.open) == 0 {
		rt.Skip("nothing is open")
	}
	at := rapid.IntRange(0, len(m.open)-1).Draw(rt, "handle")
	if err := m.open[at].Close(); err != nil {
		rt.Fatalf("Close: %v", err)
	}
	m.model.pins[m.which[at]]--
	m.open, m.which = slices.Delete(m.open, at, at+1), slices.Delete(m.which, at, at+1)
}

func (m *machine) check(rt *rapid.T) {
	if used := int64(m.c.Used()); used != m.model.used() {
		rt.Fatalf("%d bytes are used, the model says %d", used, m.model.used())
	}
	if onDisk, err := diskUse(m.dir); err != nil || onDisk != m.model.used() {
		rt.Fatalf("%d bytes are on disk (%v), the model says %d", onDisk, err, m.model.used())
	}
}

func TestModel(t *testing.T) {
	s := newSource(t)
	sizes := []int64{1, 300, 1000, 1000, 1500, 2000, 3500}
	files := make([]fallow.SliceFile, len(sizes))
	for i, size := range sizes {
		files[i] = s.add(t, noise(byte(i), int(size)))
	}
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.Int64Range(1, 6000).Draw(rt, "limit")
		dir, err := os.MkdirTemp("", "cache")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		c, err := cache.Open(dir, fallow.Size(limit), s)
		if err != nil {
			rt.Fatal(err)
		}
		defer c.Close()
		m := &machine{t: t, s: s, dir: dir, c: c, files: files, model: &modelCache{limit: limit, pins: map[int]int{}, sizes: sizes}}
		rt.Repeat(map[string]func(*rapid.T){"get": m.get, "close": m.close, "": m.check})
	})
}

// watcher looks at the disk in the middle of every fetch.
type watcher struct {
	io.Writer
	dir   string
	limit int64
}

func (w watcher) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	onDisk, derr := diskUse(w.dir)
	if err != nil || derr != nil {
		return n, fmt.Errorf("write: %v; look: %v", err, derr)
	}
	if onDisk > w.limit {
		return n, fmt.Errorf("%d bytes are on disk, the limit is %d", onDisk, w.limit)
	}
	return n, nil
}

// However many Gets race, the disk never holds more than the limit.
func TestLimitHoldsUnderRaces(t *testing.T) {
	const limit, size, workers, rounds = 35_000, 10_000, 12, 12
	s, dir := newSource(t), t.TempDir()
	files := make([]fallow.SliceFile, 10)
	for i := range files {
		files[i] = s.add(t, noise(byte(i), size))
	}
	c := open(t, dir, limit, s)
	s.writer = func(w io.Writer) io.Writer { return watcher{w, dir, limit} }
	group, ctx := errgroup.WithContext(t.Context())
	for worker := range workers {
		group.Go(func() error { return churn(ctx, c, files, worker, rounds) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if onDisk, err := diskUse(dir); err != nil || onDisk != int64(c.Used()) {
		t.Errorf("%d bytes are on disk (%v), %d are counted", onDisk, err, c.Used())
	}
}

func churn(ctx context.Context, c *cache.Cache, files []fallow.SliceFile, worker, rounds int) error {
	for i := range rounds {
		h, err := c.Get(ctx, files[(worker*7+i*3)%len(files)])
		if fallow.CodeOf(err) == fallow.CodeLimit && err != nil {
			continue // all is pinned by others
		}
		if err != nil {
			return err
		}
		if err := h.Close(); err != nil {
			return err
		}
	}
	return nil
}
