package cgroup

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

// Within calls start while the calling OS thread is in the group in every tree of
// version 1: a process that start makes is born in the group. For version 2's tree
// the caller passes [Group.FD] to start's fork.
//
// It costs 0.3 ms where [Group.Add] costs 10 to 20, because a thread that moves
// itself needs no stop of all others (kernel 5.19, cgroup_procs_write_start), and
// there is no moment when the process is not under its limits. For as long all
// groups of the manager have an ordinary processor weight. A thread that can't be
// brought back stays locked to its goroutine, and ends with it.
func (g *Group) Within(start func() error) error {
	return g.manager.atOrdinaryWeight(func() error { return g.within(start) })
}

func (g *Group) within(start func() error) error {
	// A locked thread also makes no further threads, which would be born in the group
	// and stay there.
	runtime.LockOSThread()
	text, err := os.ReadFile("/proc/thread-self/cgroup")
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("enter control group %q: %w", g.name, err)
	}
	home := parseMembership(string(text))
	entered := 0
	for _, dir := range g.dirs {
		if err = g.enter(entered, dir); err != nil {
			break
		}
		entered++
	}
	if err == nil {
		err = start()
	}
	var left error
	for _, t := range g.manager.trees[:entered] {
		left = errors.Join(left, t.welcome(home))
	}
	if left == nil {
		runtime.UnlockOSThread()
	}
	return errors.Join(err, left)
}

// enter moves the calling thread into the group's directory in tree i.
func (g *Group) enter(i int, dir *os.Root) error {
	if g.manager.trees[i].version == 2 {
		return nil
	}
	if err := write(dir, "tasks", "0"); err != nil {
		return fmt.Errorf("enter control group %q in %s: %w", g.name, g.manager.trees[i], err)
	}
	return nil
}

// welcome moves the calling thread back to where it was in a tree of version 1.
func (t *tree) welcome(home map[string]string) error {
	if t.version == 2 {
		return nil
	}
	directory, ok := t.directory(home[t.key()])
	if !ok {
		return fmt.Errorf("leave the control group in %s: our own group %q can't be seen", t, home[t.key()])
	}
	own, err := os.OpenRoot(directory)
	if err != nil {
		return fmt.Errorf("leave the control group in %s: %w", t, err)
	}
	return errors.Join(write(own, "tasks", "0"), own.Close())
}
