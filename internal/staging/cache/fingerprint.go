package cache

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"fallow"
	"fallow/internal/staging"
)

// fingerprint is what stat(2) tells about a file; ctime cannot be set back by
// utimensat(2), as mtime can.
type fingerprint struct {
	dev, ino     uint64
	size         int64 // bytes
	mtime, ctime int64 // ns
}

func fingerprintOf(info fs.FileInfo) fingerprint {
	st := info.Sys().(*syscall.Stat_t)
	return fingerprint{dev: st.Dev, ino: st.Ino, size: st.Size, mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano()}
}

// matches compares two fingerprints. The ctime also changes when a file gets or
// loses a name, so that it tells nothing about one that was linked.
func (p fingerprint) matches(other fingerprint, linked bool) bool {
	if linked {
		p.ctime = other.ctime
	}
	return p == other
}

// verify makes sure that a whole file is what its digest says and gives its size in
// bytes. It hashes the file when it is first used and when its fingerprint changed.
func (c *Cache) verify(ctx context.Context, e *entry) (int64, error) {
	f, err := c.store.OpenFile(e.digest)
	if err != nil {
		if fallow.CodeOf(err) == fallow.CodeInvalid {
			err = fallow.Errorf(fallow.CodeTampered, "cache: %w", err)
		}
		return 0, err
	}
	defer f.Close()
	before, err := stat(f)
	if err != nil {
		return 0, err
	}
	if c.known(e, before) {
		return before.size, nil
	}
	h := sha256.New()
	if err := staging.HashInto(ctx, h, f); err != nil {
		return 0, fmt.Errorf("verify file %s: %w", e.digest, err)
	}
	if err := staging.CheckDigest(e.digest, h); err != nil {
		return 0, err
	}
	after, err := stat(f)
	if err != nil {
		return 0, err
	}
	if !before.matches(after, false) {
		return 0, fallow.Errorf(fallow.CodeTampered, "file %s was changed while it was verified", e.digest)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e.print = after
	return after.size, nil
}

func (c *Cache) known(e *entry, now fingerprint) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return e.print.matches(now, e.linked)
}

// remember takes the fingerprint of a file that was verified as it arrived.
func (c *Cache) remember(e *entry) error {
	f, err := c.store.OpenFile(e.digest)
	if err != nil {
		return err
	}
	defer f.Close()
	print, err := stat(f)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e.print = print
	return nil
}

// rest writes down when an entry was used, now that nobody uses it any more, and
// takes its new fingerprint. A file that changed meanwhile loses its fingerprint
// and is hashed at its next use.
func (c *Cache) rest(e *entry) error {
	linked := e.linked
	e.linked = false
	if !e.whole || e.print == (fingerprint{}) {
		return nil
	}
	f, err := c.store.OpenFile(e.digest)
	if err != nil {
		e.print = fingerprint{}
		return ignoreGone(err)
	}
	defer f.Close()
	now, err := stat(f)
	if err != nil || !e.print.matches(now, linked) {
		e.print = fingerprint{}
		return err
	}
	if err := c.store.Touch(e.digest, time.Now()); err != nil {
		return err
	}
	e.print, err = stat(f)
	return err
}

// ignoreGone passes over a file that was removed or replaced from outside: its next
// use will find out and deal with it.
func ignoreGone(err error) error {
	switch fallow.CodeOf(err) {
	case fallow.CodeNotFound, fallow.CodeInvalid:
		return nil
	}
	return err
}

func stat(f *os.File) (fingerprint, error) {
	info, err := f.Stat()
	if err != nil {
		return fingerprint{}, fmt.Errorf("cache: %w", err)
	}
	return fingerprintOf(info), nil
}
