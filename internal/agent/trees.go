package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

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

// get gives the folder of a bundle's tree, verified. [trees.release] must be called
// when the attempt is over.
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
			return errors.Join(err, t.remove(dir))
		}
		if err != nil {
			return err
		}
		now := time.Now()
		return os.Chtimes(dir, now, now) // its last use
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

// makeRoom removes the trees that were not used for longest, and that nobody uses,
// until one more fits.
func (t *trees) makeRoom() error {
	laid, err := t.laid()
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for left := len(laid); left >= maxTrees && len(laid) > 0; laid = laid[1:] {
		if t.users[laid[0].digest] > 0 {
			continue
		}
		if err := t.remove(filepath.Join(t.dir, laid[0].digest.String())); err != nil {
			return fmt.Errorf("remove an unused bundle: %w", err)
		}
		left--
	}
	return nil
}

// laidTree is a tree that is there.
type laidTree struct {
	digest fallow.Digest
	used   time.Time
}

// laid lists the trees, the one that was not used for longest first.
func (t *trees) laid() ([]laidTree, error) {
	entries, err := os.ReadDir(t.dir)
	if err != nil {
		return nil, err
	}
	var laid []laidTree
	for _, e := range entries {
		d, err := fallow.ParseDigest(e.Name())
		if err != nil {
			continue // it is being laid
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		laid = append(laid, laidTree{d, info.ModTime()})
	}
	slices.SortFunc(laid, func(a, b laidTree) int { return a.used.Compare(b.used) })
	return laid, nil
}

func (t *trees) remove(dir string) error {
	t.checker.Forget(dir)
	return os.RemoveAll(dir)
}

// sweep removes what an earlier process did not finish laying.
func (t *trees) sweep() error {
	entries, err := os.ReadDir(t.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, err := fallow.ParseDigest(e.Name()); err == nil {
			continue
		}
		if err := os.RemoveAll(filepath.Join(t.dir, e.Name())); err != nil {
			return fmt.Errorf("remove an unfinished bundle: %w", err)
		}
	}
	return nil
}
