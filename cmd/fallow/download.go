package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"

	"fallow"
)

// download is a folder that files are fetched into. It is made for the first file.
// Whatever a server calls its files, none gets out of the folder.
type download struct {
	dir   string
	force bool // replace what differs
	get   getter
	open  func() error // makes the folder, once
	root  *os.Root     // nil before
}

// getter writes a file's content and verifies its digest.
type getter func(context.Context, fallow.FileRef, io.Writer) error

func newDownload(dir string, force bool, get getter) *download {
	d := &download{dir: dir, force: force, get: get}
	d.open = sync.OnceValue(d.makeFolder)
	return d
}

func (d *download) makeFolder() error {
	if err := os.MkdirAll(d.dir, 0o777); err != nil {
		return fmt.Errorf("make the folder for the results: %w", err)
	}
	root, err := os.OpenRoot(d.dir)
	if err != nil {
		return fmt.Errorf("open the folder for the results: %w", err)
	}
	d.root = root
	return nil
}

func (d *download) close() {
	if d.root != nil {
		d.root.Close()
	}
}

// fetch brings one file, unless it is there. It gets its name when it is whole and
// verified.
func (d *download) fetch(ctx context.Context, file fallow.FileRef) error {
	if err := d.open(); err != nil {
		return err
	}
	have, err := d.have(file)
	if have || err != nil {
		return err
	}
	if err := d.root.MkdirAll(path.Dir(file.Path), 0o777); err != nil {
		return fmt.Errorf("make the folder of %q: %w", file.Path, err)
	}
	part := file.Path + ".part"
	if err := d.write(ctx, file, part); err != nil {
		return errors.Join(fmt.Errorf("download %q: %w", file.Path, err), d.drop(part))
	}
	if err := d.root.Rename(part, file.Path); err != nil {
		return errors.Join(fmt.Errorf("name %q: %w", file.Path, err), d.drop(part))
	}
	return nil
}

// have tells whether the file is there as it should be. One that differs is an
// error, unless it may be replaced.
func (d *download) have(file fallow.FileRef) (bool, error) {
	same, err := d.same(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("compare %q with the result: %w", file.Path, err)
	case same || d.force:
		return same, nil
	}
	return false, fallow.Errorf(fallow.CodeConflict, "%q is there already and is another file", path.Join(d.dir, file.Path)).
		WithHint("name another folder with -o, or replace what is there with --force")
}

// same compares a file of the folder with a result.
func (d *download) same(file fallow.FileRef) (bool, error) {
	f, err := d.root.Open(file.Path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() != file.Size {
		return false, err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return false, err
	}
	return fallow.Digest(hash.Sum(nil)) == file.Digest, nil
}

func (d *download) write(ctx context.Context, file fallow.FileRef, part string) error {
	f, err := d.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	return errors.Join(d.get(ctx, file, f), f.Close())
}

func (d *download) drop(part string) error {
	if err := d.root.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
