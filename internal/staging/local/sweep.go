package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"fallow"
	"fallow/internal/staging/regular"
)

// PartAge is how long a part may lie untouched before it is swept away: a laptop
// may vanish over a long weekend and still go on with its upload.
const PartAge = 7 * 24 * time.Hour

// Sweep removes the parts that nobody has written to for [PartAge] before now, and
// tells how many. A part that is being written stays.
func (s *Store) Sweep(ctx context.Context, now time.Time) (int, error) {
	entries, err := s.readDir(ctx, partsDir)
	if err != nil {
		return 0, fmt.Errorf("sweep parts: %w", err)
	}
	swept := 0
	for _, entry := range entries {
		d, ok := parsePartName(entry.Name())
		if !ok {
			continue
		}
		removed, err := s.sweepPart(d, now)
		if err != nil {
			return swept, fmt.Errorf("sweep part of file %s: %w", d, err)
		}
		if removed {
			swept++
		}
	}
	return swept, nil
}

// sweepPart removes one part under its lock, if it is stale.
func (s *Store) sweepPart(d fallow.Digest, now time.Time) (bool, error) {
	f, err := regular.Open(s.root, partName(d), os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			return false, nil
		}
		return false, err
	}
	info, err := f.Stat()
	if err != nil || now.Sub(info.ModTime()) < PartAge {
		return false, err
	}
	return true, s.root.Remove(partName(d))
}
