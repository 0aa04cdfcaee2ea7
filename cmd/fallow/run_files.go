package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/sys/unix"

	"fallow"
	"fallow/internal/staging/result"
)

// copyInputs copies files and folders into the sandbox's folder of inputs, each
// under its base name. They are copied so that the program can be given the right to
// read them without changing the originals.
func copyInputs(names []string, dir string) error {
	for _, name := range names {
		target := filepath.Join(dir, filepath.Base(name))
		if _, err := os.Lstat(target); err == nil {
			return fallow.Errorf(fallow.CodeInvalid, "two inputs are named %q", filepath.Base(name))
		}
		if err := copyInput(name, target); err != nil {
			return fmt.Errorf("input %q: %w", name, err)
		}
	}
	return nil
}

func copyInput(name, target string) error {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fallow.Errorf(fallow.CodeNotFound, "there is no such file")
	case err != nil:
		return err
	case info.IsDir():
		return copyFolder(name, target)
	}
	return copyFile(name, target)
}

// copyFolder copies a folder's regular files and folders. Links are left out: they
// would lead elsewhere in the sandbox.
func copyFolder(name, target string) error {
	return filepath.WalkDir(name, func(p string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(name, p)
		if err != nil {
			return err
		}
		switch to := filepath.Join(target, rel); {
		case entry.IsDir():
			return os.Mkdir(to, 0o755)
		case entry.Type().IsRegular():
			return copyFile(p, to)
		}
		return nil
	})
}

func copyFile(name, target string) error {
	from, err := os.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	return writeNew(target, from)
}

// writeNew makes a file that everybody may read.
func writeNew(target string, from io.Reader) error {
	to, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

// copyResults takes the program's result files to a folder of the user's, where it
// replaces nothing. Only regular files are taken, as on a node.
func copyResults(ctx context.Context, out, dir string) error {
	files, err := result.Collect(ctx, out, nil, result.Limits{Output: fallow.MaxOutput})
	if err != nil {
		return fmt.Errorf("collect the results: %w", err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("make the folder for the results: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open the folder for the results: %w", err)
	}
	defer root.Close()
	for _, f := range files {
		if err := copyResult(root, f); err != nil {
			return fmt.Errorf("result %q: %w", f.Path, err)
		}
	}
	return nil
}

func copyResult(root *os.Root, f result.File) error {
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	if err := root.MkdirAll(path.Dir(f.Path), 0o777); err != nil {
		return err
	}
	to, err := root.OpenFile(f.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fallow.Errorf(fallow.CodeConflict, "it is in %q already", root.Name()).
			WithHint("name another folder with --out")
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

// signalNumber gives the number of a signal's name, 0 for none of this system.
func signalNumber(name string) int { return int(unix.SignalNum(name)) }
