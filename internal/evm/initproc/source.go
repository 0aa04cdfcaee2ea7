package initproc

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// The attributes of mounts, mount_setattr(2). Code can be executed but not
// written, data can be written but not executed; nothing is ever both.
const (
	attrSealed = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV
	attrCode   = attrSealed | unix.MOUNT_ATTR_RDONLY
	attrInput  = attrSealed | unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOEXEC
	attrData   = attrSealed | unix.MOUNT_ATTR_NOEXEC
	attrDevice = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NOEXEC | unix.MOUNT_ATTR_RDONLY
)

// source is a part of the host, cloned and sealed, that waits for its place in the
// view.
type source struct {
	place string // absolute, in the view
	dir   bool
	attr  uint64
	mount int // descriptor of the detached mount
}

// link is a symbolic link to be made in the view.
type link struct{ place, target string }

// sources is everything that the view takes from the host.
type sources struct {
	mounts []source
	links  []link
}

// devices are the host's device files that a program may use: none of them has
// state that another program could see.
var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"}

// reserved are the top names of the view that a bundle can't bring.
var reserved = map[string]bool{"in": true, "work": true, "out": true, "tmp": true, "dev": true, "proc": true}

// code lists the places that hold executable files.
func (all *sources) code() []string {
	var places []string
	for _, source := range all.mounts {
		if source.attr == attrCode {
			places = append(places, source.place)
		}
	}
	return places
}

// sources opens everything from the host, as the user who may read it.
func (s *sandbox) sources() (*sources, error) {
	all := &sources{}
	if err := all.addTree(s.setup.Tree); err != nil {
		return nil, err
	}
	for _, dir := range s.setup.Systems {
		if err := all.add(dir, dir, attrCode); err != nil {
			return nil, err
		}
	}
	for _, device := range devices {
		if err := all.add(device, device, attrDevice); err != nil {
			return nil, err
		}
	}
	for _, data := range []struct {
		dir, place string
		attr       uint64
	}{{s.setup.In, "/in", attrInput}, {s.setup.Work, "/work", attrData}, {s.setup.Out, "/out", attrData}} {
		if data.dir == "" {
			continue
		}
		if err := all.add(data.dir, data.place, data.attr); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// addTree takes each top entry of the bundle's tree. /etc is taken apart, since
// the sandbox has files of its own there.
func (all *sources) addTree(tree string) error {
	entries, err := os.ReadDir(tree)
	if err != nil {
		return fmt.Errorf("read the bundle's tree: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case reserved[name]:
			return programError{fmt.Errorf("the bundle brings /%s, which belongs to the sandbox", name)}
		case name == "etc" && entry.IsDir():
			err = all.addEtc(filepath.Join(tree, name))
		default:
			err = all.addEntry(filepath.Join(tree, name), "/"+name, entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (all *sources) addEtc(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the bundle's /etc: %w", err)
	}
	for _, entry := range entries {
		if _, ours := etcFiles[entry.Name()]; ours {
			continue
		}
		if err := all.addEntry(filepath.Join(dir, entry.Name()), "/etc/"+entry.Name(), entry); err != nil {
			return err
		}
	}
	return nil
}

func (all *sources) addEntry(path, place string, entry os.DirEntry) error {
	if entry.Type()&os.ModeSymlink == 0 {
		return all.add(path, place, attrCode)
	}
	target, err := os.Readlink(path)
	if err != nil {
		return fmt.Errorf("read the bundle's link: %w", err)
	}
	all.links = append(all.links, link{place, target})
	return nil
}

// add clones what lies at path with everything mounted below it. The attributes
// are set before anyone can see the clone, so that it is never writable.
func (all *sources) add(path, place string, attr uint64) error {
	const flags = unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC | unix.AT_RECURSIVE
	mount, err := unix.OpenTree(unix.AT_FDCWD, path, flags)
	if err != nil {
		return fmt.Errorf("clone %q for %s: %w", path, place, err)
	}
	if err := setAttr(mount, attr); err != nil {
		return fmt.Errorf("seal %s: %w", place, err)
	}
	var stat unix.Stat_t
	if err := unix.Fstat(mount, &stat); err != nil {
		return fmt.Errorf("look at %q: %w", path, err)
	}
	dir := stat.Mode&unix.S_IFMT == unix.S_IFDIR
	all.mounts = append(all.mounts, source{place: place, dir: dir, attr: attr, mount: mount})
	return nil
}

// setAttr changes a mount and everything below it.
func setAttr(mount int, attr uint64) error {
	const flags = unix.AT_EMPTY_PATH | unix.AT_RECURSIVE
	return unix.MountSetattr(mount, "", flags, &unix.MountAttr{Attr_set: attr, Propagation: unix.MS_PRIVATE})
}
