package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// Group is one attempt's group. A group without any tree does nothing, except that
// Freeze fails.
type Group struct {
	manager *Manager
	name    string
	dirs    []*os.Root // by index of manager.trees
	handle  *os.File   // the directory in version 2's tree; nil without
}

// New makes a group with limits. The caller removes it.
func (m *Manager) New(name string, l Limits) (*Group, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	g := &Group{manager: m, name: name}
	err := g.make()
	if err == nil {
		err = g.Limit(l)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make control group %q: %w", name, err), g.Remove())
	}
	return g, nil
}

// make makes and opens the group's directories. Directories that are already there
// are somebody's: an attempt's name is used once.
func (g *Group) make() error {
	for _, t := range g.manager.trees {
		if err := t.top.Mkdir(g.name, 0o755); err != nil {
			return err
		}
		if err := g.open(t); err != nil {
			return err
		}
	}
	return nil
}

// open opens the group's directory in the next tree.
func (g *Group) open(t *tree) error {
	dir, err := t.top.OpenRoot(g.name)
	if err != nil {
		return err
	}
	g.dirs = append(g.dirs, dir)
	if t.version == 2 {
		g.handle, err = dir.Open(".")
	}
	return err
}

// dir is the group's directory in the tree that does c; nil without one.
func (g *Group) dir(c Control) *os.Root {
	for i, t := range g.manager.trees {
		if t == g.manager.use[c] && i < len(g.dirs) {
			return g.dirs[i]
		}
	}
	return nil
}

// cpuPeriod is over which a limit of cores is kept, in microseconds: the kernel's
// default.
const cpuPeriod = 100_000

// Limit sets the limits; what is 0 stays as it is. Swap counts as memory in version 1; in version 2 there is
// none to be had until [Group.PageOut] says so.
func (g *Group) Limit(l Limits) error {
	var errs []error
	if dir := g.dir(Memory); dir != nil && l.Memory > 0 {
		errs = append(errs, g.limitMemory(dir, int64(l.Memory)))
	}
	if dir := g.dir(Procs); dir != nil && l.Procs > 0 {
		errs = append(errs, writeInt(dir, "pids.max", int64(l.Procs)))
	}
	if dir := g.dir(CPU); dir != nil && l.Cores > 0 {
		quota := int64(l.Cores) * cpuPeriod
		if g.manager.use[CPU].version == 2 {
			errs = append(errs, write(dir, "cpu.max", fmt.Sprintf("%d %d", quota, cpuPeriod)))
		} else {
			errs = append(errs, writeInt(dir, "cpu.cfs_quota_us", quota))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("limit control group %q: %w", g.name, err)
	}
	return nil
}

// limitMemory sets the limits of memory and swap. Kernels without swap accounting
// have no file for the latter.
func (g *Group) limitMemory(dir *os.Root, bytes int64) error {
	memory, swap, most := "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", bytes
	if g.manager.use[Memory].version == 2 {
		memory, swap, most = "memory.max", "memory.swap.max", 0
	}
	if err := writeInt(dir, memory, bytes); err != nil {
		return err
	}
	if err := writeInt(dir, swap, most); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// FD is a descriptor of the group's directory in version 2's tree, for
// [syscall.SysProcAttr].CgroupFD; -1 without such a tree. It is valid until Remove.
func (g *Group) FD() int {
	if g.handle == nil {
		return -1
	}
	return int(g.handle.Fd())
}

// Add moves a process with all its threads into the group, in every tree where it
// isn't yet. It may take 20 ms, while the kernel waits for all processors;
// [Group.Within] is the quick way.
func (g *Group) Add(pid int) error {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return fmt.Errorf("add process %d to control group %q: %w", pid, g.name, err)
	}
	member := parseMembership(string(text))
	for i, t := range g.manager.trees {
		if member[t.key()] == path.Join(t.path, g.name) {
			continue
		}
		if err := write(g.dirs[i], "cgroup.procs", strconv.Itoa(pid)); err != nil {
			return fmt.Errorf("add process %d to control group %q: %w", pid, g.name, err)
		}
	}
	return nil
}

// isBusy tells whether a directory couldn't be removed because there are processes
// or groups in it.
func isBusy(err error) bool {
	return errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.ENOTEMPTY)
}

// String gives the group's name and trees.
func (g *Group) String() string {
	kinds := make([]string, len(g.manager.trees))
	for i, t := range g.manager.trees {
		kinds[i] = t.String()
	}
	return fmt.Sprintf("control group %q (%s)", g.name, strings.Join(kinds, ", "))
}
