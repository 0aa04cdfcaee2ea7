package cache

import (
	"context"
	"errors"

	"fallow"
	"fallow/internal/staging"
)

// MaxPieces bounds the pieces of one file.
const MaxPieces = 1 << 16

// Get gives a file that is here, whole and verified, fetching what is missing of
// it. The entry is pinned until the handle is closed.
//
// The error's code is CodeLimit if the cache has no room, CodeTampered if what the
// fetcher brought does not have the digest, CodeInvalid if want makes no sense;
// other errors are the fetcher's or those of ctx.
func (c *Cache) Get(ctx context.Context, want fallow.SliceFile) (*Handle, error) {
	want, err := checked(want)
	if err != nil {
		return nil, err
	}
	e := c.pin(want.Digest)
	if err := c.ready(ctx, e, want); err != nil {
		return nil, errors.Join(err, c.unpin(e))
	}
	return &Handle{cache: c, entry: e, size: want.Size}, nil
}

// checked refuses nonsense and gives a file that is stored whole its one piece.
func checked(want fallow.SliceFile) (fallow.SliceFile, error) {
	if err := staging.CheckSize(want.Digest, want.Size); err != nil {
		return want, err
	}
	if len(want.Pieces) == 0 {
		want.Pieces = []fallow.Piece{{File: want.Digest, Length: want.Size}}
	}
	if len(want.Pieces) > MaxPieces {
		return want, fallow.Errorf(fallow.CodeLimit, "file %s: %d pieces are more than the limit of %d",
			want.Digest, len(want.Pieces), MaxPieces)
	}
	left := want.Size
	for _, p := range want.Pieces {
		if p.Offset < 0 || p.Length < 0 || p.Length > left || p.Offset > int64(fallow.MaxFile)-p.Length {
			return want, badPieces(want)
		}
		left -= p.Length
	}
	if left != 0 {
		return want, badPieces(want)
	}
	return want, nil
}

func badPieces(want fallow.SliceFile) error {
	return fallow.Errorf(fallow.CodeInvalid, "file %s: its pieces do not add up to %d bytes", want.Digest, want.Size)
}

// prepare makes an entry usable. Only the leader of a flight calls it.
func (c *Cache) prepare(ctx context.Context, e *entry, want fallow.SliceFile) error {
	if c.isWhole(e) {
		size, err := c.verify(ctx, e)
		if err == nil {
			return checkSize(want, size)
		}
		if err := c.drop(e, err); err != nil {
			return err
		}
	}
	return c.download(ctx, e, want)
}

func (c *Cache) isWhole(e *entry) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return e.whole
}

// checkSize compares what an order says with a file that is beyond doubt.
func checkSize(want fallow.SliceFile, size int64) error {
	if size == want.Size {
		return nil
	}
	return fallow.Errorf(fallow.CodeInvalid, "file %s has %d bytes, not %d", want.Digest, size, want.Size)
}

// drop throws an entry away because of an error of verify. A file that someone
// deleted is no cause for alarm; one that is damaged is.
func (c *Cache) drop(e *entry, cause error) error {
	code := fallow.CodeOf(cause)
	if code != fallow.CodeTampered && code != fallow.CodeNotFound {
		return cause
	}
	if err := c.store.Delete(context.Background(), e.digest); err != nil {
		return errors.Join(cause, err)
	}
	c.settle(e, 0, false)
	if code == fallow.CodeTampered && c.OnTampered != nil {
		c.OnTampered(e.digest, cause)
	}
	return nil
}
