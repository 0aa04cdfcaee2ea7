package result

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"fallow"
)

// unlock gives the owner the permissions that collecting needs. A program of an
// agent that is not root runs as the same user, and may have closed its own folders
// and files to that user; that is no fault of the node. Names are looked at without
// following links, and the program has ended, so what was looked at is what is
// changed.
func unlock(root *os.Root, name string, need fs.FileMode) error {
	info, err := root.Lstat(name)
	if err != nil {
		return fmt.Errorf("collect result %q: %w", name, err)
	}
	if info.Mode().Perm()&need == need || !info.IsDir() && !info.Mode().IsRegular() {
		return nil
	}
	return closed(name, root.Chmod(name, info.Mode().Perm()|need))
}

// openRoot opens the folder of results itself, which the program may have closed,
// too.
func openRoot(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if !errors.Is(err, fs.ErrPermission) {
		return root, err
	}
	if err := closed(".", os.Chmod(dir, 0o700)); err != nil {
		return nil, err
	}
	return os.OpenRoot(dir)
}

// closed makes a refused change of permissions the job's own: what the program left
// belongs to somebody else.
func closed(name string, err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return fallow.Errorf(fallow.CodeInvalid, "result %q cannot be read, nor be made readable: %w", name, err).
		WithHint("let the program leave files and folders that their owner may read")
}
