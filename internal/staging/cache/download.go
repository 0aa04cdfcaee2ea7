package cache

import (
	"context"
	"errors"
	"fmt"

	"fallow"
	"fallow/internal/staging/local"
)

// maxFetches is how often a file is fetched when what arrived does not have the
// digest: a part from before a crash, or a bit that flipped on the way, may be the
// cause of the first.
const maxFetches = 2

// download fetches what is missing of a file within the limit.
func (c *Cache) download(ctx context.Context, e *entry, want fallow.SliceFile) error {
	if err := c.reserve(e, want.Size); err != nil {
		return err
	}
	var err error
	for range maxFetches {
		err = c.fill(ctx, want)
		if fallow.CodeOf(err) != fallow.CodeTampered {
			break
		}
	}
	if err == nil {
		c.settle(e, want.Size, true)
		return c.remember(e)
	}
	kept, offsetErr := c.store.Offset(context.WithoutCancel(ctx), want.Digest)
	if offsetErr != nil {
		return errors.Join(err, offsetErr) // the reservation stays: better too much than too little
	}
	c.settle(e, kept, false)
	return err
}

// fill goes on with the part of a file until it is whole.
func (c *Cache) fill(ctx context.Context, want fallow.SliceFile) error {
	part, err := c.part(ctx, want)
	if err != nil {
		return err
	}
	defer part.Close()
	for _, p := range missing(want.Pieces, part.Offset()) {
		if err := c.fetch.Fetch(ctx, p, part); err != nil {
			return fmt.Errorf("fetch file %s: %w", want.Digest, err)
		}
	}
	return part.Commit()
}

// part opens the part of a file. Whatever lies in the file's own place is unknown to
// the index, so someone else put it there: it goes.
func (c *Cache) part(ctx context.Context, want fallow.SliceFile) (*local.Part, error) {
	part, err := c.store.Part(ctx, want.Digest, want.Size)
	if !errors.Is(err, local.ErrStored) {
		return part, err
	}
	if err := c.store.Delete(ctx, want.Digest); err != nil {
		return nil, err
	}
	return c.store.Part(ctx, want.Digest, want.Size)
}

// missing cuts the first offset bytes off the pieces.
func missing(pieces []fallow.Piece, offset int64) []fallow.Piece {
	for i, p := range pieces {
		if offset < p.Length {
			rest := append([]fallow.Piece(nil), pieces[i:]...)
			rest[0].Offset += offset
			rest[0].Length -= offset
			return rest
		}
		offset -= p.Length
	}
	return nil
}
