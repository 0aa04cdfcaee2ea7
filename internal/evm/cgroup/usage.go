package cgroup

import (
	"errors"
	"fmt"
	"time"

	"fallow"
)

// Usage tells what the group used so far.
func (g *Group) Usage() (Usage, error) {
	var u Usage
	err := errors.Join(g.cpuUsage(&u), g.memoryUsage(&u), g.procsUsage(&u))
	if err != nil {
		return u, fmt.Errorf("read the usage of control group %q: %w", g.name, err)
	}
	return u, nil
}

func (g *Group) cpuUsage(u *Usage) error {
	dir := g.dir(CPUTime)
	if dir == nil {
		return nil
	}
	if g.manager.use[CPUTime].version == 1 {
		ns, err := readInt(dir, "cpuacct.usage")
		u.CPU = time.Duration(ns)
		return err
	}
	us, err := readKey(dir, "cpu.stat", "usage_usec")
	u.CPU = time.Duration(us) * time.Microsecond
	return err
}

func (g *Group) memoryUsage(u *Usage) error {
	dir := g.dir(Memory)
	if dir == nil {
		return nil
	}
	peak, now, events := "memory.max_usage_in_bytes", "memory.usage_in_bytes", "memory.oom_control"
	if g.manager.use[Memory].version == 2 {
		peak, now, events = "memory.peak", "memory.current", "memory.events"
	}
	if !has(dir, peak) {
		peak = now
	}
	bytes, err := readInt(dir, peak)
	kills, kerr := readKey(dir, events, "oom_kill")
	u.Memory, u.OOMKills = fallow.Size(bytes), int(kills)
	return errors.Join(err, kerr)
}

func (g *Group) procsUsage(u *Usage) error {
	dir := g.dir(Procs)
	if dir == nil {
		return nil
	}
	peak := "pids.peak"
	if !has(dir, peak) {
		peak = "pids.current"
	}
	procs, err := readInt(dir, peak)
	refused, rerr := readKey(dir, "pids.events", "max")
	u.Procs, u.ProcsRefused = int(procs), int(refused)
	return errors.Join(err, rerr)
}
