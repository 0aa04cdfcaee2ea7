package cache

import (
	"context"
	"slices"

	"fallow"
)

// flight is the work of making an entry usable.
type flight struct {
	want      fallow.SliceFile
	done      chan struct{} // closed at the end; the fields below are set then
	err       error
	abandoned bool // its leader's context ended: the error says nothing to others
}

// ready returns when an entry is whole and verified. One caller at a time leads;
// the others wait, each as long as its own context allows.
func (c *Cache) ready(ctx context.Context, e *entry, want fallow.SliceFile) error {
	for {
		f, leads := c.board(e, want)
		if leads {
			return c.lead(ctx, e, f)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if f.err != nil && !f.abandoned && f.serves(want) {
			return f.err
		}
	}
}

// board joins the flight of an entry or begins one.
func (c *Cache) board(e *entry, want fallow.SliceFile) (f *flight, leads bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.flight != nil {
		return e.flight, false
	}
	e.flight = &flight{want: want, done: make(chan struct{})}
	return e.flight, true
}

func (c *Cache) lead(ctx context.Context, e *entry, f *flight) error {
	f.err = c.prepare(ctx, e, f.want)
	f.abandoned = ctx.Err() != nil
	c.mu.Lock()
	e.flight = nil
	c.mu.Unlock()
	close(f.done)
	return f.err
}

// serves tells whether a flight tried the very thing that is wanted: another order
// may name the same digest with pieces that are wrong.
func (f *flight) serves(want fallow.SliceFile) bool {
	return f.want.Size == want.Size && slices.Equal(f.want.Pieces, want.Pieces)
}
