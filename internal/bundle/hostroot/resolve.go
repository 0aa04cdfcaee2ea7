package hostroot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// maxHops is how many links the kernel follows in one path (path_resolution(7)).
const maxHops = 40

// Root is a directory that holds a machine's files: "/" for the machine itself.
type Root string

// Link is a symbolic link at a path that has no links above it.
type Link struct {
	Path   string
	Target string // as readlink(2) gives it
}

// Resolved is where a path leads.
type Resolved struct {
	Path  string      // absolute in the root, without links
	Links []Link      // in the order in which they were followed
	Info  fs.FileInfo // of what is there
}

// Host gives the path under which this program opens a path of the root.
func (r Root) Host(p string) string { return filepath.Join(string(r), p) }

// FS gives the root's files for walking. Unlike [Root.Resolve] it must not be used to
// follow links.
func (r Root) FS() fs.FS { return os.DirFS(string(r)) }

// Resolve follows an absolute path to the end of its last link. As for a process
// whose root directory this is (chroot(2)), absolute targets start at the root
// again, and ".." stays there. The error wraps fs.ErrNotExist when nothing is there.
func (r Root) Resolve(p string) (Resolved, error) {
	at, todo := "/", strings.Split(p, "/")
	var done Resolved
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		next := path.Join(at, name) // at the root, ".." stays there
		info, err := os.Lstat(r.Host(next))
		if err != nil {
			return done, describe(p, err)
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			if len(todo) > 0 && !info.IsDir() {
				return done, describe(p, syscall.ENOTDIR)
			}
			at, done.Info = next, info
			continue
		}
		target, err := os.Readlink(r.Host(next))
		if err != nil {
			return done, describe(p, err)
		}
		if done.Links = append(done.Links, Link{Path: next, Target: target}); len(done.Links) > maxHops {
			return done, describe(p, syscall.ELOOP)
		}
		if path.IsAbs(target) {
			at = "/"
		}
		todo = slices.Concat(strings.Split(target, "/"), todo)
	}
	done.Path = at
	return done, nil
}

// describe names the path that was asked for, and leaves out where the root lies.
func describe(p string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("%q: %w", p, err)
}

// Open opens a path that [Root.Resolve] gave. It never waits, even if a fifo took
// the file's place.
func (r Root) Open(resolved string) (*os.File, error) {
	return os.OpenFile(r.Host(resolved), os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
}

// Glob lists the paths in the root that match a pattern of [path.Match], sorted.
func (r Root) Glob(pattern string) ([]string, error) {
	matches, err := filepath.Glob(escape(string(r)) + pattern)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	for i, m := range matches {
		matches[i] = path.Join("/", strings.TrimPrefix(m, strings.TrimSuffix(string(r), "/")))
	}
	return matches, nil
}

// escape keeps the root's own name out of the pattern.
func escape(root string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(strings.TrimSuffix(root, "/"))
}
