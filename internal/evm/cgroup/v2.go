package cgroup

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// v2Wanted are the controllers of version 2 that we use.
var v2Wanted = []string{"memory", "pids", "cpu"}

// leafSuffix ends the name of the group into which the agent moves itself. Version
// 2 gives controllers to the children of a group only while no process is in the
// group itself.
const leafSuffix = ".agent"

// openV2 makes the top group in version 2's tree: in the part of the tree that was
// delegated to us, or as root without delegation at the root of what we see.
func openV2(m mount, own, name string) (*tree, error) {
	groupPath, directory := v2Parent(m, own, name)
	t, err := openTree(m, directory, groupPath, name)
	if err != nil {
		return nil, err
	}
	t.given, err = delegate(t, name+leafSuffix)
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

// v2Parent finds the group for our top group: our own, or its parent when we are in
// the leaf already (an earlier Open, or systemd's DelegateSubgroup).
func v2Parent(m mount, own, name string) (groupPath, directory string) {
	for _, p := range []string{own, path.Dir(own)} {
		directory, ok := m.directory(p)
		leaf := path.Base(p) == name+leafSuffix
		if ok && p != m.root && !leaf && delegated(directory) {
			return p, directory
		}
	}
	return m.root, m.point
}

// delegated tells whether the group is ours to divide: systemd says so in an
// extended attribute; without privileges being allowed to write says the same.
func delegated(directory string) bool {
	var mark [1]byte
	for _, name := range []string{"trusted.delegate", "user.delegate"} {
		if n, err := unix.Getxattr(directory, name, mark[:]); err == nil && n == 1 && mark[0] == '1' {
			return true
		}
	}
	return os.Geteuid() != 0 && unix.Access(filepath.Join(directory, "cgroup.procs"), unix.W_OK) == nil
}

// delegate passes controllers down to the groups in the top group, and gives those
// that arrived. Fewer than wanted is no error: the tree still freezes and kills.
func delegate(t *tree, leaf string) ([]string, error) {
	offered := v2Offered(t.parent.Name())
	if len(offered) == 0 {
		return nil, nil
	}
	// Only the real root of the tree has no type and may hold processes itself.
	if has(t.parent, "cgroup.type") {
		if err := moveInto(t.parent, leaf); err != nil {
			return nil, err
		}
	}
	var given []string
	for _, c := range offered {
		if write(t.parent, "cgroup.subtree_control", "+"+c) == nil &&
			write(t.top, "cgroup.subtree_control", "+"+c) == nil {
			given = append(given, c)
		}
	}
	return given, nil
}

// moveInto moves this process into a leaf group.
func moveInto(parent *os.Root, leaf string) error {
	group, err := makeGroup(parent, leaf)
	if err != nil {
		return err
	}
	return errors.Join(write(group, "cgroup.procs", strconv.Itoa(os.Getpid())), group.Close())
}
