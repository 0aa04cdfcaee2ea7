package evmtest

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// libraryDirs are where loaders look by themselves.
var libraryDirs = []string{
	"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
	"/lib64", "/usr/lib64", "/lib", "/usr/lib",
}

// Tree is a bundle's tree while it is laid out from the host's files.
type Tree struct {
	Dir string
	t   testing.TB
}

// NewTree makes a tree with the usual links at its top.
func NewTree(t testing.TB) *Tree {
	t.Helper()
	return NewTreeIn(t, filepath.Join(t.TempDir(), "tree"))
}

// NewTreeIn makes it in a directory of the caller's.
func NewTreeIn(t testing.TB, dir string) *Tree {
	t.Helper()
	tree := &Tree{Dir: dir, t: t}
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		tree.must(os.MkdirAll(filepath.Join(tree.Dir, "usr", name), 0o755))
		tree.must(os.Symlink("usr/"+name, filepath.Join(tree.Dir, name)))
	}
	return tree
}

func (tree *Tree) must(err error) {
	tree.t.Helper()
	if err != nil {
		tree.t.Fatal(err)
	}
}

// AddProgram copies a program of the host with the libraries it needs to the same
// paths in the tree.
func (tree *Tree) AddProgram(path string) *Tree {
	tree.t.Helper()
	tree.AddAt(path, path)
	return tree
}

// AddAt copies a program of the host to another path in the tree, with the
// libraries it needs to their own.
func (tree *Tree) AddAt(host, place string) *Tree {
	tree.t.Helper()
	tree.must(tree.add(host, place))
	return tree
}

// AddSystem makes the mount point of a host directory.
func (tree *Tree) AddSystem(dir string) *Tree {
	tree.t.Helper()
	tree.must(os.MkdirAll(filepath.Join(tree.Dir, dir), 0o755))
	return tree
}

// AddFile writes a file with its content.
func (tree *Tree) AddFile(place, content string, mode os.FileMode) *Tree {
	tree.t.Helper()
	to := filepath.Join(tree.Dir, place)
	tree.must(os.MkdirAll(filepath.Dir(to), 0o755))
	tree.must(os.WriteFile(to, []byte(content), mode))
	return tree
}

func (tree *Tree) add(host, place string) error {
	to := filepath.Join(tree.Dir, place)
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	if err := copyFile(host, to); err != nil {
		return err
	}
	needed, err := needs(host)
	if err != nil {
		return err
	}
	for _, library := range needed {
		if err := tree.add(library, library); err != nil {
			return err
		}
	}
	return nil
}

// needs lists the loader and the libraries that a program names, by full path.
func needs(path string) ([]string, error) {
	file, err := elf.Open(path)
	if err != nil {
		var format *elf.FormatError
		if errors.As(err, &format) {
			return nil, nil // a script
		}
		return nil, err
	}
	defer file.Close()
	var list []string
	if section := file.Section(".interp"); section != nil {
		data, err := section.Data()
		if err != nil {
			return nil, err
		}
		list = append(list, string(data[:len(data)-1]))
	}
	libraries, err := file.ImportedLibraries()
	if err != nil {
		return nil, err
	}
	for _, name := range libraries {
		found, err := findLibrary(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		list = append(list, found)
	}
	return list, nil
}

func findLibrary(name string) (string, error) {
	for _, dir := range libraryDirs {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("library %s is in none of %v", name, libraryDirs)
}

func copyFile(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
