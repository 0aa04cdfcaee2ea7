package staging

import (
	"context"
	"io"

	"fallow"
)

// Store keeps files by digest. A file is either whole and verified, or not there;
// besides, there may be a part of it. All methods may be called at once from many
// goroutines.
type Store interface {
	// Stat gives the size in bytes of a whole file. Without one the error's code is
	// CodeNotFound, even if there is a part.
	Stat(ctx context.Context, d fallow.Digest) (int64, error)

	// Open gives a whole file for reading at any place; errors are those of Stat.
	// The content was verified when it arrived and is not verified again: see
	// [Verify].
	Open(ctx context.Context, d fallow.Digest) (File, error)

	// Offset gives the bytes that a part has, 0 without a part.
	Offset(ctx context.Context, d fallow.Digest) (int64, error)

	// Put appends what r gives to the part and returns the offset it reached. At
	// offset size the content is verified and the file is whole, durably.
	//
	// If r ends early, with an error or without, the part is kept for the next Put;
	// a store may keep less than r gave, as the offset tells. If the file is whole
	// already, Put reads nothing and returns size. The error's
	// code is CodeConflict if the part does not end at offset, CodeUnavailable if
	// another Put of the same file is under way, CodeInvalid if r gives more than
	// size bytes, CodeTampered if the content does not have the digest (the part is
	// removed in both cases), and CodeLimit for want of space.
	Put(ctx context.Context, d fallow.Digest, size, offset int64, r io.Reader) (int64, error)

	// Delete removes a file and its part. It is no error if neither is there.
	Delete(ctx context.Context, d fallow.Digest) error
}

// File is a whole file of a [Store], open for reading. Whoever opened it closes it.
type File interface {
	io.ReaderAt
	io.Closer
	Size() int64 // bytes
}
