package tree

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"fallow"
	"fallow/internal/bundle"
)

// The modes of what is in a tree. Nobody writes in it, not even its owner.
const (
	dirMode     = 0o755
	fileMode    = 0o444
	programMode = 0o555
)

// Lay builds the tree of a manifest at dir, which must not exist while its parent
// does. Every file's content comes from open, and is checked against its digest
// while it is copied. The systems are empty directories, on which the sandbox mounts
// the node's own. The tree is built beside dir and renamed, so that dir is complete or
// absent whatever happens to this process. Nothing is flushed, which would disturb
// the desktop's owner: a tree may be damaged after a power cut, and [Checker] finds
// that. Content that isn't what its digest
// says is an error of code [fallow.CodeTampered]; an existing dir is
// [fallow.CodeConflict].
func Lay(ctx context.Context, dir string, m fallow.Manifest, open func(fallow.Digest) (io.ReadCloser, error)) error {
	if err := bundle.Validate(m); err != nil {
		return err
	}
	if _, err := os.Lstat(dir); err == nil {
		return fallow.Errorf(fallow.CodeConflict, "lay bundle %q: %q exists already", m.Name, dir)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".lay-")
	if err != nil {
		return fmt.Errorf("lay bundle %q: %w", m.Name, err)
	}
	err = fill(ctx, temp, m, open)
	if err == nil {
		err = publish(temp, dir)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	return nil
}

// publish gives a finished tree its name. An existing directory is never replaced,
// even if it appeared meanwhile.
func publish(temp, dir string) error {
	err := unix.Renameat2(unix.AT_FDCWD, temp, unix.AT_FDCWD, dir, unix.RENAME_NOREPLACE)
	if errors.Is(err, fs.ErrExist) {
		return fallow.Errorf(fallow.CodeConflict, "lay tree: %q exists already", dir)
	}
	if err != nil {
		return fmt.Errorf("lay tree %q: %w", dir, err)
	}
	return nil
}

func fill(ctx context.Context, dir string, m fallow.Manifest, open func(fallow.Digest) (io.ReadCloser, error)) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("lay bundle %q: %w", m.Name, err)
	}
	defer root.Close()
	if err := makeDirs(root, m); err != nil {
		return fmt.Errorf("lay bundle %q: %w", m.Name, err)
	}
	for _, f := range m.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := place(root, f, open); err != nil {
			return fmt.Errorf("lay file %q of bundle %q: %w", f.Path, m.Name, err)
		}
	}
	for _, l := range m.Links {
		if err := root.Symlink(l.Target, local(l.Path)); err != nil {
			return fmt.Errorf("lay link %q of bundle %q: %w", l.Path, m.Name, err)
		}
	}
	return nil
}

func makeDirs(root *os.Root, m fallow.Manifest) error {
	for dir := range wantedDirs(m) {
		if err := root.MkdirAll(local(dir), dirMode); err != nil {
			return err
		}
	}
	for dir := range wantedDirs(m) { // once more, against a narrow umask
		if err := root.Chmod(local(dir), dirMode); err != nil {
			return err
		}
	}
	return root.Chmod(".", dirMode)
}

func place(root *os.Root, f fallow.BundleFile, open func(fallow.Digest) (io.ReadCloser, error)) error {
	source, err := open(f.Digest)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := root.OpenFile(local(f.Path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = copyVerified(target, source, f)
	if err == nil {
		err = target.Chmod(modeOf(f))
	}
	return errors.Join(err, target.Close())
}

func copyVerified(target io.Writer, source io.Reader, f fallow.BundleFile) error {
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(target, hash), io.LimitReader(source, f.Size+1))
	if err != nil {
		return err
	}
	if n != f.Size || fallow.Digest(hash.Sum(nil)) != f.Digest {
		return fallow.Errorf(fallow.CodeTampered, "the content of %q is not what digest %s says", f.Path, f.Digest)
	}
	return nil
}

func modeOf(f fallow.BundleFile) fs.FileMode {
	if f.Exec {
		return programMode
	}
	return fileMode
}

// local makes a path of the sandbox one below the tree.
func local(p string) string { return strings.TrimPrefix(p, "/") }
