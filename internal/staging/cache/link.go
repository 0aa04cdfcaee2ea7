package cache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"fallow"
)

// Link puts the file under a name below dst, making folders as needed: as a further
// name of the same file, which costs no space, or as a copy where the kernel cannot
// do that. name is as in [fs.ValidPath]. Nobody may write to a link; the cache
// would find the file damaged.
func (h *Handle) Link(dst *os.Root, name string) error {
	if !fs.ValidPath(name) || name == "." {
		return fallow.Errorf(fallow.CodeInvalid, "%q is not a name for a file below a folder", name)
	}
	if err := dst.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("place file %s: %w", h.entry.digest, err)
	}
	err := h.hardLink(dst, name)
	if needsCopy(err) {
		err = h.copyTo(dst, name)
	}
	if err != nil {
		return fmt.Errorf("place file %s: %w", h.entry.digest, err)
	}
	return nil
}

// needsCopy tells whether the kernel cannot link here: another file system, too
// many links, or no links at all.
func needsCopy(err error) bool {
	for _, cause := range []error{unix.EXDEV, unix.EMLINK, unix.EPERM, unix.EOPNOTSUPP} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

func (h *Handle) hardLink(dst *os.Root, name string) error {
	dir, err := dst.Open(path.Dir(name))
	if err != nil {
		return err
	}
	defer dir.Close()
	h.cache.expectLink(h.entry)
	if err := h.cache.store.Link(h.entry.digest, dir, path.Base(name)); err != nil {
		return err
	}
	return h.checkLink(dst, name)
}

// expectLink tells the cache that the file's ctime will change.
func (c *Cache) expectLink(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.linked = true
}

// checkLink makes sure that what was linked is what was verified.
func (h *Handle) checkLink(dst *os.Root, name string) error {
	info, err := dst.Lstat(name)
	if err != nil {
		return err
	}
	if h.cache.known(h.entry, fingerprintOf(info)) {
		return nil
	}
	err = fallow.Errorf(fallow.CodeTampered, "file %s was changed after it was verified", h.entry.digest)
	return errors.Join(err, dst.Remove(name))
}

func (h *Handle) copyTo(dst *os.Root, name string) error {
	src, err := h.Open()
	if err != nil {
		return err
	}
	defer src.Close()
	out, err := dst.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, src)
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, dst.Remove(name))
	}
	return nil
}
