package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"fallow"
	"fallow/internal/bundle/tree"
)

// maxTrees is how many laid-out bundles are kept for the next attempt.
const maxTrees = 64

// trees are the bundles laid out on this node, each under its digest. A tree is
// checked before every attempt, and laid anew if it was tampered with.
type trees struct {
	dir     string
	checker *tree.Checker

	mu    sync.Mutex
	users map[fallow.Digest]int // attempts that use a tree; such a tree is not removed
	locks map[fallow.Digest]*sync.Mutex
}

// get gives the folder of a bundle's tree, verified. Release must be called when
// the attempt is over.
func (t *trees) get(ctx context.Context, d fallow.Digest, m fallow.Manifest, open func(fallow.Digest) (io.ReadCloser, error)) (dir string, err error) {
	one := t.hold(d)
	one.Lock()
	defer one.Unlock()
	dir = filepath.Join(t.dir, d.String())
	if err = t.ready(ctx, dir, m, open); err != nil {
		t.release(d)
		return "", err
	}
	return dir, nil
}

// ready checks the tree and lays it if it is not there. One that was tampered with
// is removed, and the error says so: the attempt must not hide it.
func (t *trees) ready(ctx context.Context, dir string, m fallow.Manifest, open func(fallow.Digest) (io.ReadCloser, error)) error {
	if _, err := os.Lstat(dir); err == nil {
		err := t.checker.Check(ctx, dir, m)
		if fallow.CodeOf(err) == fallow.CodeTampered {
			return errors.Join(err, os.RemoveAll(dir))
		}
		return err
	}
	if err := t.makeRoom(); err != nil {
		return err
	}
	if err := tree.Lay(ctx, dir, m, open); err != nil {
		return fmt.Errorf("lay out bundle %q: %w", m.Name, err)
	}
	return t.checker.Check(ctx, dir, m)
}

// hold counts a user of a tree and gives the lock under which it is laid.
func (t *trees) hold(d fallow.Digest) *sync.Mutex {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.users == nil {
		t.users, t.locks = map[fallow.Digest]int{}, map[fallow.Digest]*sync.Mutex{}
	}
	t.users[d]++
	if t.locks[d] == nil {
		t.locks[d] = &sync.Mutex{}
	}
	return t.locks[d]
}

func (t *trees) release(d fallow.Digest) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.users[d]--; t.users[d] == 0 {
		delete(t.users, d)
		delete(t.locks, d)
	}
}

// makeRoom removes trees that nobody uses until one more fits.
func (t *trees) makeRoom() error {
	entries, err := os.ReadDir(t.dir)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for left := len(entries); left >= maxTrees && len(entries) > 0; entries = entries[1:] {
		d, err := fallow.ParseDigest(entries[0].Name())
		if err == nil && t.users[d] > 0 {
			continue
		}
		if err := os.RemoveAll(filepath.Join(t.dir, entries[0].Name())); err != nil {
			return fmt.Errorf("remove an unused bundle: %w", err)
		}
		left--
	}
	return nil
}
