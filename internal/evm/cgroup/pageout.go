package cgroup

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// PageOut moves the group's memory to swap as far as the kernel can: for a group
// that is frozen for a while. It does nothing on a machine without swap or without
// a memory control.
func (g *Group) PageOut() error {
	dir := g.dir(Memory)
	if dir == nil {
		return nil
	}
	var err error
	if g.manager.use[Memory].version == 2 {
		err = pageOutV2(dir)
	} else {
		err = write(dir, "memory.force_empty", "0")
	}
	if err != nil && !errors.Is(err, unix.EBUSY) { // busy: not all of it could go
		return fmt.Errorf("page out control group %q: %w", g.name, err)
	}
	return nil
}

// pageOutV2 lifts the ban on swap while memory.reclaim (since 5.19) is at work.
func pageOutV2(dir *os.Root) error {
	now, err := read(dir, "memory.current")
	if err != nil || !has(dir, "memory.reclaim") || !has(dir, "memory.swap.max") {
		return err
	}
	if err := write(dir, "memory.swap.max", "max"); err != nil {
		return err
	}
	err = write(dir, "memory.reclaim", now)
	if errors.Is(err, unix.EAGAIN) { // less could go than was asked for
		err = nil
	}
	return errors.Join(err, write(dir, "memory.swap.max", "0"))
}
