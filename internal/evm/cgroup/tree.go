package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
)

// tree is one hierarchy with our top group in it.
type tree struct {
	mount
	given  []string // controllers that work in groups below the top group
	parent *os.Root // the directory of the top group
	top    *os.Root // the top group
	path   string   // of the top group, as in /proc/PID/cgroup
}

// openTree makes the top group in the group at path, which appears at directory.
func openTree(m mount, directory, groupPath, name string) (*tree, error) {
	parent, err := os.OpenRoot(directory)
	if err != nil {
		return nil, err
	}
	t := &tree{mount: m, given: m.controllers, parent: parent, path: path.Join(groupPath, name)}
	if t.top, err = makeGroup(parent, name); err != nil {
		return nil, errors.Join(err, parent.Close())
	}
	return t, nil
}

// makeGroup makes a group, or takes one that is there, and opens it.
func makeGroup(parent *os.Root, name string) (*os.Root, error) {
	if err := parent.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return parent.OpenRoot(name)
}

// controls tells whether the controller works in groups of the tree.
func (t *tree) controls(controller string) bool {
	return slices.Contains(t.given, controller)
}

// close closes what is open and removes the top group unless there are groups in
// it.
func (t *tree) close() error {
	err := ignoreGone(t.parent.Remove(path.Base(t.path)))
	if isBusy(err) {
		err = nil
	}
	return errors.Join(err, t.top.Close(), t.parent.Close())
}
