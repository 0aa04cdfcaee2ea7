package tree

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"fallow"
)

// racyTime: a file that was changed this shortly before it was hashed could change
// once more within the same tick of the file system's clock and keep its times. It
// is hashed again at the next check. Clocks of file systems tick every 10 ms or
// faster.
const racyTime = 100 * time.Millisecond

// Checker sees that trees are what their manifests say. It remembers, in memory
// only, what each file looked like when it was last hashed, so that its second check
// of a tree reads no content that did not change. It is safe for concurrent use; its
// zero value is ready.
type Checker struct {
	mu    sync.Mutex
	trees map[string]map[string]print
}

// print is a file's fingerprint: the kernel changes it with the content, and the
// change time can't be set by any program.
type print struct {
	digest         fallow.Digest
	device, inode  uint64
	size           int64
	modified, ctim syscall.Timespec
}

// Check tells whether the tree at dir holds what the manifest says and nothing
// else: the same files with the same content and modes, the same links. Anything
// missing, added or changed is an error of code [fallow.CodeTampered] that names it.
func (c *Checker) Check(ctx context.Context, dir string, m fallow.Manifest) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fallow.Errorf(fallow.CodeTampered, "the tree of bundle %q can't be read: %w", m.Name, err)
	}
	defer root.Close()
	known := c.recall(dir)
	fresh := make(map[string]print, len(m.Files))
	if err := checkNames(ctx, root, m); err != nil {
		return err
	}
	for _, f := range m.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		seen, steady, err := checkFile(root, f, known[f.Path])
		if err != nil {
			return fallow.Errorf(fallow.CodeTampered, "file %q of bundle %q: %w", f.Path, m.Name, err)
		}
		if steady {
			fresh[f.Path] = seen
		}
	}
	c.remember(dir, fresh)
	return nil
}

// Forget drops what is remembered of a tree; call it when the tree is removed.
func (c *Checker) Forget(dir string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.trees, dir)
}

func (c *Checker) recall(dir string) map[string]print {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trees[dir]
}

func (c *Checker) remember(dir string, prints map[string]print) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trees == nil {
		c.trees = map[string]map[string]print{}
	}
	c.trees[dir] = prints
}

// checkFile compares one file. Steady tells whether its fingerprint can be trusted
// the next time.
func checkFile(root *os.Root, f fallow.BundleFile, known print) (seen print, steady bool, err error) {
	info, err := root.Lstat(local(f.Path))
	if err != nil {
		return print{}, false, err
	}
	if info.Mode() != modeOf(f) {
		return print{}, false, fmt.Errorf("its mode is %v, not %v", info.Mode(), modeOf(f))
	}
	if info.Size() != f.Size {
		return print{}, false, fmt.Errorf("it has %d bytes, not %d", info.Size(), f.Size)
	}
	if seen = printOf(info, f.Digest); seen == known {
		return seen, true, nil
	}
	return hashFile(root, f)
}

func hashFile(root *os.Root, f fallow.BundleFile) (print, bool, error) {
	file, err := root.OpenFile(local(f.Path), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return print{}, false, err
	}
	defer file.Close()
	before, err := file.Stat()
	if err != nil {
		return print{}, false, err
	}
	started := time.Now()
	hash := sha256.New()
	if _, err := io.Copy(hash, io.LimitReader(file, f.Size+1)); err != nil {
		return print{}, false, err
	}
	if fallow.Digest(hash.Sum(nil)) != f.Digest {
		return print{}, false, fmt.Errorf("its content is not what digest %s says", f.Digest)
	}
	seen := printOf(before, f.Digest)
	after, err := root.Lstat(local(f.Path))
	if err != nil {
		return print{}, false, err
	}
	if printOf(after, f.Digest) != seen {
		return print{}, false, fmt.Errorf("it changes while it is read")
	}
	return seen, started.Sub(time.Unix(seen.ctim.Unix())) > racyTime, nil
}

func printOf(info fs.FileInfo, digest fallow.Digest) print {
	stat := info.Sys().(*syscall.Stat_t) // always so on Linux, see package os
	return print{
		digest: digest, device: stat.Dev, inode: stat.Ino,
		size: stat.Size, modified: stat.Mtim, ctim: stat.Ctim,
	}
}
