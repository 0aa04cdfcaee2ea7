package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// removeAll removes a folder that a program filled. A program of an agent that is not
// root runs as the same user, and may have closed folders even to that user: they are
// opened first. The program must have ended.
func removeAll(dir string) error {
	if err := os.RemoveAll(dir); err == nil {
		return nil
	}
	open := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = os.Chmod(path, 0o700) // before it is read: WalkDir does that next
		}
		return err
	})
	if err := os.RemoveAll(dir); err != nil {
		return errors.Join(err, open)
	}
	return nil
}

// emptyFolder removes what is in a folder.
func emptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := removeAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("remove what an earlier agent left: %w", err)
		}
	}
	return nil
}
