package initproc

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// view is the file system that the program sees, while it is put together.
type view struct {
	root int // the tmpfs at its root
	proc int // a writable /proc that only PID 1 holds; -1 without one
}

// scratchDirs are writable and in memory. /work and /out join them when the
// controller gives no directory for them.
var scratchDirs = []string{"/tmp", "/dev/shm"}

// buildView puts the view together and makes it the root. Nothing of the host
// remains reachable.
func (s *sandbox) buildView(from *sources) error {
	v := &s.view
	if err := v.mountRoot(s.setup.Scratch); err != nil {
		return err
	}
	if err := v.fill(from); err != nil {
		return err
	}
	s.code = from.code()
	for _, place := range s.scratch() {
		if err := v.addScratch(place); err != nil {
			return err
		}
	}
	if err := v.makeDirs("/in"); err != nil { // empty unless it came with the sources
		return err
	}
	if err := s.mountProc(); err != nil {
		return err
	}
	if err := v.become(); err != nil {
		return err
	}
	s.census = census{proc: v.proc}
	return nil
}

// scratch lists the places in memory.
func (s *sandbox) scratch() []string {
	places := slices.Clone(scratchDirs)
	for _, data := range []struct{ dir, place string }{
		{s.setup.Work, "/work"}, {s.setup.Out, "/out"},
	} {
		if data.dir == "" {
			places = append(places, data.place)
		}
	}
	return places
}

// mountRoot attaches an empty file system in memory over the host's root. Paths
// from PID 1's root still lead to the host until [view.become].
func (v *view) mountRoot(size int64) error {
	options := []option{{"size", strconv.FormatInt(size, 10)}, {"nr_inodes", scratchInodes}, {"mode", "0755"}}
	root, err := mountNew("tmpfs", attrSealed, options)
	if err != nil {
		return fmt.Errorf("make the root file system: %w", err)
	}
	v.root = root
	return attach(root, unix.AT_FDCWD, "/")
}

// scratchInodes bounds the files in memory of one sandbox.
const scratchInodes = "100000"

func (v *view) fill(from *sources) error {
	if err := v.makeDirs("/etc"); err != nil {
		return err
	}
	for name, content := range etcFiles {
		if err := v.makeFile("/etc/"+name, content); err != nil {
			return err
		}
	}
	for _, l := range from.links {
		if err := unix.Symlinkat(l.target, v.root, relative(l.place)); err != nil {
			return fmt.Errorf("link %s to %q: %w", l.place, l.target, err)
		}
	}
	for _, source := range from.mounts {
		if err := v.attachSource(source); err != nil {
			return err
		}
	}
	for _, l := range [][2]string{{"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"},
		{"/proc/self/fd/1", "dev/stdout"}, {"/proc/self/fd/2", "dev/stderr"}} {
		if err := unix.Symlinkat(l[0], v.root, l[1]); err != nil {
			return fmt.Errorf("link /%s: %w", l[1], err)
		}
	}
	return nil
}

func (v *view) attachSource(s source) error {
	place, err := v.place(s)
	if err != nil {
		return err
	}
	defer unix.Close(place)
	defer unix.Close(s.mount)
	if err := moveMount(s.mount, place); err != nil {
		return fmt.Errorf("mount %s: %w", s.place, err)
	}
	return nil
}

// place opens the mount point of a source, making it where the view is still
// writable.
func (v *view) place(s source) (int, error) {
	fd, err := v.open(s.place)
	if !errors.Is(err, unix.ENOENT) {
		return fd, err
	}
	if s.dir {
		err = v.makeDirs(s.place)
	} else if err = v.makeDirs(path.Dir(s.place)); err == nil {
		err = v.makeFile(s.place, "")
	}
	if err != nil {
		return -1, err
	}
	return v.open(s.place)
}

// open finds a place without ever leaving the view, whatever links the bundle
// brings.
func (v *view) open(place string) (int, error) {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	fd, err := unix.Openat2(v.root, place, &how)
	if err != nil {
		return -1, fmt.Errorf("find %s in the sandbox: %w", place, err)
	}
	return fd, nil
}

// makeDirs makes a directory and those above it.
func (v *view) makeDirs(place string) error {
	if place == "/" {
		return nil
	}
	fd, err := v.open(place)
	if err == nil {
		return unix.Close(fd)
	}
	if err := v.makeDirs(path.Dir(place)); err != nil {
		return err
	}
	parent, err := v.open(path.Dir(place))
	if err != nil {
		return err
	}
	defer unix.Close(parent)
	if err := unix.Mkdirat(parent, path.Base(place), 0o755); err != nil {
		return fmt.Errorf("make the mount point %s, which the bundle's tree lacks: %w", place, err)
	}
	return nil
}

func (v *view) makeFile(place, content string) error {
	fd, err := unix.Openat(v.root, relative(place), unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o644)
	if err != nil {
		return fmt.Errorf("make %s: %w", place, err)
	}
	defer unix.Close(fd)
	if content == "" {
		return nil
	}
	if _, err := unix.Write(fd, []byte(content)); err != nil {
		return fmt.Errorf("write %s: %w", place, err)
	}
	return nil
}

// addScratch makes a directory writable, and only there: a clone of a directory of
// the root that stays writable when the root becomes read-only. All of them share
// one bound on memory.
func (v *view) addScratch(place string) error {
	if err := v.makeDirs(place); err != nil {
		return err
	}
	if err := unix.Fchmodat(v.root, relative(place), 0o1777, 0); err != nil { // what programs expect of /tmp
		return fmt.Errorf("open %s to everyone: %w", place, err)
	}
	mount, err := unix.OpenTree(v.root, relative(place), unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return fmt.Errorf("clone %s: %w", place, err)
	}
	defer unix.Close(mount)
	if err := setAttr(mount, attrData); err != nil {
		return fmt.Errorf("seal %s: %w", place, err)
	}
	return attach(mount, v.root, relative(place))
}

// become makes the view the root of the mount namespace and drops the host's.
func (v *view) become() error {
	if err := unix.Fchdir(v.root); err != nil {
		return fmt.Errorf("enter the new root: %w", err)
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("drop the host's root: %w", err)
	}
	if err := unix.Chdir("/work"); err != nil {
		return fmt.Errorf("enter /work: %w", err)
	}
	const rootOnly = unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOEXEC
	if err := unix.MountSetattr(v.root, "", unix.AT_EMPTY_PATH, &unix.MountAttr{Attr_set: rootOnly}); err != nil {
		return fmt.Errorf("make the root read-only: %w", err)
	}
	return unix.Close(v.root)
}

func relative(place string) string { return place[1:] }
