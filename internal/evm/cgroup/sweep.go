package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Sweep kills and removes every group below the top group: what an agent that died
// left behind. It is for the start, before the first New.
func (m *Manager) Sweep() error {
	left, err := m.left()
	if err != nil {
		return fmt.Errorf("find left control groups: %w", err)
	}
	var errs []error
	for name := range left {
		errs = append(errs, m.sweepGroup(name))
	}
	return errors.Join(errs...)
}

// left names the groups that are there in any tree.
func (m *Manager) left() (map[string]bool, error) {
	names := map[string]bool{}
	for _, t := range m.trees {
		entries, err := fs.ReadDir(t.top.FS(), ".")
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // somebody removed the top group
			return nil, err
		}
		for _, e := range entries {
			if e.IsDir() {
				names[e.Name()] = true
			}
		}
	}
	return names, nil
}

// sweepGroup removes a group, wherever parts of it are left. Missing parts are made
// anew first, so that it can be treated like any other.
func (m *Manager) sweepGroup(name string) error {
	g := &Group{manager: m, name: name}
	for _, t := range m.trees {
		err := t.top.Mkdir(name, 0o755)
		if err == nil || errors.Is(err, os.ErrExist) {
			err = g.open(t)
		}
		if err != nil {
			return errors.Join(err, g.Remove())
		}
	}
	return errors.Join(g.Kill(), g.Remove())
}
