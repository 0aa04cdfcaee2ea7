package tree

import (
	"context"
	"io/fs"
	"os"

	"fallow"
)

// checkNames sees that a tree has each path of the manifest, as the kind of thing
// that it should be, and no other.
func checkNames(ctx context.Context, root *os.Root, m fallow.Manifest) error {
	dirs, links, files := wantedDirs(m), map[string]string{}, map[string]bool{}
	for _, l := range m.Links {
		links[l.Path] = l.Target
	}
	for _, f := range m.Files {
		files[f.Path] = true
	}
	missing := len(dirs) + len(links) + len(files)
	err := fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || name == "." {
			return err
		}
		p := "/" + name
		missing--
		target, isLink := links[p]
		switch mode := entry.Type(); {
		case mode.IsRegular() && files[p]:
			return nil
		case mode.IsDir() && dirs[p]:
			if info, err := entry.Info(); err != nil || info.Mode().Perm() != dirMode {
				return tampered("directory %q of bundle %q has another mode than %v", p, m.Name, fs.FileMode(dirMode))
			}
			return nil
		case mode == fs.ModeSymlink && isLink:
			if now, err := root.Readlink(name); err != nil || now != target {
				return tampered("link %q of bundle %q leads to %q, not to %q", p, m.Name, now, target)
			}
			return nil
		}
		return tampered("%q in the tree of bundle %q is not in its manifest, or is something else there", p, m.Name)
	})
	if err != nil || missing == 0 {
		return err
	}
	return firstMissing(root, m)
}

func firstMissing(root *os.Root, m fallow.Manifest) error {
	paths := make([]string, 0, len(m.Files)+len(m.Links)+len(m.Systems))
	for _, f := range m.Files {
		paths = append(paths, f.Path)
	}
	for _, l := range m.Links {
		paths = append(paths, l.Path)
	}
	for _, p := range append(paths, m.Systems...) {
		if _, err := root.Lstat(local(p)); err != nil {
			return tampered("%q of bundle %q is missing", p, m.Name)
		}
	}
	return tampered("the tree of bundle %q changes while it is checked", m.Name)
}

func tampered(format string, args ...any) error {
	return fallow.Errorf(fallow.CodeTampered, format, args...).
		WithHint("the agent lays the tree again; if it happens again, look for who writes there")
}
