package result

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"unicode"

	"fallow"
	"fallow/internal/staging/regular"
)

// batch is how many names are read of a folder at once: a hostile one may have
// more than fit in memory.
const batch = 256

// walk looks through the folder of results.
type walk struct {
	root     *os.Root
	patterns []string
	budget   budget
	found    []string // paths of regular files that match
}

// folder looks through one folder, of which name is the path and depth the number
// of folders above it.
func (w *walk) folder(ctx context.Context, name string, depth int) error {
	if depth > MaxDepth {
		return fallow.Errorf(fallow.CodeLimit, "result folders: %q is deeper than the limit of %d", name, MaxDepth)
	}
	if err := unlock(w.root, name, 0o700); err != nil {
		return err
	}
	dir, err := w.root.Open(name)
	if err != nil {
		return fmt.Errorf("collect results: %w", err)
	}
	defer dir.Close()
	var folders []string
	for {
		entries, err := dir.ReadDir(batch)
		for _, e := range entries {
			if err := w.entry(path.Join(name, e.Name()), e, &folders); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return fmt.Errorf("collect results: %w", err)
		}
	}
	for _, f := range folders {
		if err := w.folder(ctx, f, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// entry takes one name: a folder to go into, a file to read, or something to
// refuse if it is asked for.
func (w *walk) entry(name string, e fs.DirEntry, folders *[]string) error {
	if err := w.budget.addEntry(); err != nil {
		return err
	}
	if e.IsDir() {
		if reaches(w.patterns, name) {
			*folders = append(*folders, name)
		}
		return nil
	}
	if !matches(w.patterns, name) {
		return nil
	}
	if !fs.ValidPath(name) {
		return fallow.Errorf(fallow.CodeInvalid, "result %q: its name is not valid UTF-8", name).
			WithHint("let the program write names in UTF-8")
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return fallow.Errorf(fallow.CodeInvalid, "result %q: its name has control characters", name).
			WithHint("let the program write names of printable characters")
	}
	info, err := e.Info()
	if err != nil {
		return fmt.Errorf("collect result %q: %w", name, err)
	}
	if err := regular.Check(name, info); err != nil {
		return refused(err)
	}
	w.found = append(w.found, name)
	return w.budget.addFile(name)
}

// refused adds what the job's owner can do.
func refused(err error) error {
	return fallow.Errorf(fallow.CodeInvalid, "result %w", err).
		WithHint("let the program write a regular file, or name in the job file which results to collect")
}
