package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"fallow"
)

// Manager makes groups. Its methods may be called from several goroutines, but for
// Close.
type Manager struct {
	trees  []*tree
	use    [controlCount]*tree // which tree does what; nil: none
	denied []string            // trees that are there but not ours to use, and why
	weight weight
}

// Open finds what the machine offers and makes the top group, named name, in every
// tree that it will use. A machine that offers nothing, or a user who may use
// nothing of it, is no error: such a manager's groups do nothing, and its Kind is
// "none". With version 2 the whole process may move into a group NAME.agent beside
// the top group.
func Open(name string) (*Manager, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	mounts, member, err := look()
	if err != nil {
		return nil, err
	}
	m := &Manager{}
	m.openTrees(mounts, member, name)
	if err := m.lowestWeight(); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// look finds the trees, version 2 first, and where we are in them. A kernel without
// control groups has no trees.
func look() ([]mount, map[string]string, error) {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, nil, fmt.Errorf("find control groups: %w", err)
	}
	membership, err := os.ReadFile("/proc/self/cgroup")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("find our control group: %w", err)
	}
	mounts := parseMounts(string(mountinfo))
	slices.SortStableFunc(mounts, func(a, b mount) int { return b.version - a.version })
	return mounts, parseMembership(string(membership)), nil
}

// openTrees goes through the mounts in their order: version 2 first, because it freezes and kills best, then for
// whatever it leaves open the trees of version 1. Those are used at their root, as
// Docker does, not in our own group: they know no delegation, and whatever a dead
// agent left is found again wherever its successor is started.
func (m *Manager) openTrees(mounts []mount, member map[string]string, name string) {
	for _, at := range mounts {
		if !m.wants(at) {
			continue
		}
		var t *tree
		var err error
		if at.version == 2 {
			t, err = openV2(at, member[""], name)
		} else {
			t, err = openTree(at, at.point, at.root, name)
		}
		if err != nil {
			m.denied = append(m.denied, err.Error())
			continue
		}
		m.adopt(t)
	}
}

// wants tells whether the tree could do something that none does yet.
func (m *Manager) wants(at mount) bool {
	return at.version == 2 || slices.ContainsFunc(at.controllers, func(c string) bool {
		return m.use[v1Does[c]] == nil
	})
}

// v1Does tells what each controller of version 1 is for.
var v1Does = map[string]Control{
	"memory": Memory, "pids": Procs, "cpu": CPU, "cpuacct": CPUTime, "freezer": Freeze,
}

// adopt puts a tree to use for every control that it has and none before had.
func (m *Manager) adopt(t *tree) {
	m.trees = append(m.trees, t)
	does := [controlCount]bool{
		Memory: t.controls("memory"), Procs: t.controls("pids"), CPU: t.controls("cpu"),
		CPUTime: t.controls("cpuacct"), Freeze: t.controls("freezer"),
	}
	if t.version == 2 {
		does[CPUTime] = has(t.top, "cpu.stat")     // without any controller since 4.15
		does[Freeze] = has(t.top, "cgroup.freeze") // since 5.2
		does[Kill] = has(t.top, "cgroup.kill")     // since 5.14
	}
	for c, able := range does {
		if able && m.use[c] == nil {
			m.use[c] = t
		}
	}
}

// Has tells whether groups have a control.
func (m *Manager) Has(c Control) bool { return m.use[c] != nil }

// Kind names what was found: "v2", "v1", "hybrid" or "none".
func (m *Manager) Kind() string {
	var versions [3]bool
	for _, t := range m.trees {
		versions[t.version] = true
	}
	switch {
	case versions[1] && versions[2]:
		return "hybrid"
	case versions[2]:
		return "v2"
	case versions[1]:
		return "v1"
	}
	return "none"
}

// Describe says in one line for each control what does it, and in further lines
// which trees are there but can't be used.
func (m *Manager) Describe() []string {
	lines := make([]string, 0, int(controlCount)+len(m.denied))
	for c := range controlCount {
		means := "not by control groups"
		if t := m.use[c]; t != nil {
			means = t.String() + " at " + t.path
		}
		lines = append(lines, c.String()+": "+means)
	}
	for _, why := range m.denied {
		lines = append(lines, "not usable: "+why)
	}
	return lines
}

// Close removes the top group where it is empty. Groups must have been removed.
func (m *Manager) Close() error {
	var errs []error
	for _, t := range m.trees {
		errs = append(errs, t.close())
	}
	return errors.Join(errs...)
}

// checkName refuses names that are no file name, or could be a control file's.
func checkName(name string) error {
	if name == "" || strings.ContainsAny(name, "/\n") || strings.Contains(name, ".") {
		return fallow.Errorf(fallow.CodeInvalid, "%q is not a name for a control group", name).
			WithHint("use letters, digits and dashes")
	}
	return nil
}
