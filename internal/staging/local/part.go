package local

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"fallow"
	"fallow/internal/staging"
)

// ErrStored tells that a file needs no part because it is whole.
var ErrStored = errors.New("file is stored already")

// bufferSize is what is read and written at once.
const bufferSize = 256 << 10

// Part is a file on its way in, locked for one writer. It must be closed.
type Part struct {
	store  *Store
	digest fallow.Digest
	size   int64 // of the whole file
	offset int64 // bytes that are there
	file   *os.File
	hash   hash.Hash // of the bytes that are there, once rehash has run
}

// Part locks the part of a file of size bytes and reads what is there, so that
// writing can go on at its [Part.Offset]. The error is [ErrStored] if the file is
// whole; its code is CodeUnavailable if another writer has the part and CodeLimit
// for want of space.
func (s *Store) Part(ctx context.Context, d fallow.Digest, size int64) (*Part, error) {
	p, err := s.lockPart(d, size)
	if err != nil {
		return nil, err
	}
	if err := p.rehash(ctx); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// lockPart does all of Part but the reading, which takes long for a large part.
func (s *Store) lockPart(d fallow.Digest, size int64) (*Part, error) {
	if err := staging.CheckSize(d, size); err != nil {
		return nil, err
	}
	f, err := s.openLocked(d)
	if err != nil {
		return nil, err
	}
	p := &Part{store: s, digest: d, size: size, file: f, hash: sha256.New()}
	if err := p.admit(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// admit looks at what is there already and whether the rest has room.
func (p *Part) admit() error {
	info, err := p.file.Stat()
	if err != nil {
		return p.wrap(err)
	}
	p.offset = info.Size()
	// Whoever began this part was wrong about the size, or this writer is. The
	// digest will tell who; meanwhile neither may stand in the other's way.
	if p.offset > p.size {
		if err := p.file.Truncate(0); err != nil {
			return p.wrap(err)
		}
		p.offset = 0
	}
	return p.store.checkFree(p.digest, p.size-p.offset)
}

// rehash reads the bytes that are there: nothing about them is taken on trust.
func (p *Part) rehash(ctx context.Context) error {
	p.hash.Reset()
	if err := staging.HashInto(ctx, p.hash, io.NewSectionReader(p.file, 0, p.offset)); err != nil {
		return p.wrap(err)
	}
	return nil
}

// Offset is the number of bytes that are there.
func (p *Part) Offset() int64 { return p.offset }

// Write appends b. More bytes than the file has give an error of CodeInvalid.
func (p *Part) Write(b []byte) (int, error) {
	if int64(len(b)) > p.size-p.offset {
		return 0, fallow.Errorf(fallow.CodeInvalid, "file %s: there is more content than its %d bytes", p.digest, p.size)
	}
	n, err := p.file.WriteAt(b, p.offset)
	p.hash.Write(b[:n])
	p.offset += int64(n)
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return n, p.store.noSpace(p.digest, p.size-p.offset, err)
	}
	if err != nil {
		return n, p.wrap(err)
	}
	return n, nil
}

// fill appends from r until the file is whole or r ends.
func (p *Part) fill(ctx context.Context, r io.Reader) (int64, error) {
	buf := make([]byte, bufferSize)
	for p.offset < p.size {
		if err := ctx.Err(); err != nil {
			return p.offset, err
		}
		n, err := r.Read(buf[:min(bufferSize, p.size-p.offset)])
		if _, werr := p.Write(buf[:n]); werr != nil {
			return p.offset, werr
		}
		if p.offset == p.size || err == nil {
			continue
		}
		if err == io.EOF {
			return p.offset, nil
		}
		return p.offset, fmt.Errorf("receive file %s at offset %d: %w", p.digest, p.offset, err)
	}
	if err := p.refuseMore(r); err != nil {
		return 0, err
	}
	return p.offset, p.Commit()
}

// refuseMore checks that r ends where the file does. Any other error of r no longer
// matters, since all the content is here.
func (p *Part) refuseMore(r io.Reader) error {
	var one [1]byte
	if n, _ := io.ReadFull(r, one[:]); n == 0 {
		return nil
	}
	if err := p.Discard(); err != nil {
		return err
	}
	return fallow.Errorf(fallow.CodeInvalid, "file %s: there is more content than its %d bytes", p.digest, p.size)
}

// Commit verifies the content and makes it a file of the store, durably. Content
// without the right digest is removed and gives an error of CodeTampered.
func (p *Part) Commit() error {
	if p.offset != p.size {
		return fallow.Errorf(fallow.CodeConflict, "file %s: %d of %d bytes are there", p.digest, p.offset, p.size)
	}
	if err := staging.CheckDigest(p.digest, p.hash); err != nil {
		return errors.Join(err, p.Discard())
	}
	if err := p.publish(); err != nil {
		return p.wrap(err)
	}
	return nil
}

func (p *Part) publish() error {
	if err := p.file.Chmod(0o444); err != nil {
		return err
	}
	if err := p.file.Sync(); err != nil {
		return err
	}
	name := fileName(p.digest)
	if err := p.store.makeDir(path.Dir(name)); err != nil {
		return err
	}
	if err := p.store.root.Rename(partName(p.digest), name); err != nil {
		return err
	}
	return p.store.syncDir(path.Dir(name))
}

// Discard removes the part. It must be closed all the same.
func (p *Part) Discard() error {
	if err := p.store.root.Remove(partName(p.digest)); err != nil {
		return p.wrap(err)
	}
	p.offset = 0
	return nil
}

// Close unlocks the part, which stays for the next writer unless it was committed
// or discarded.
func (p *Part) Close() error { return p.file.Close() }

func (p *Part) wrap(err error) error { return fmt.Errorf("part of file %s: %w", p.digest, err) }
