package scheduler

import (
	"time"

	"fallow"
)

// desk is an ask and what is left of it in this round.
type desk struct {
	ask   int // index in Snapshot.Asks
	node  fallow.Node
	free  fallow.Resources
	max   int
	given int // attempts in this round
}

// desks gives the asks that may get work at all.
func desks(s Snapshot) []*desk {
	var all []*desk
	for i, a := range s.Asks {
		if a.Max > 0 && Usable(a.Node, s.Now) {
			all = append(all, &desk{ask: i, node: a.Node, free: a.Free, max: a.Max})
		}
	}
	return all
}

// Usable tells whether a node may get work: it is active, or its quarantine is
// over.
func Usable(n fallow.Node, now time.Time) bool {
	switch n.State {
	case fallow.NodeActive:
		return true
	case fallow.NodeQuarantined:
		return !now.Before(n.Quarantine.Until)
	}
	return false
}

// fits tells whether one more attempt that takes r fits. Once it does not, it never
// will in this round, because resources are only given away.
func (d *desk) fits(r fallow.Resources) bool {
	return d.max > 0 && r.Cores <= d.free.Cores && r.Memory <= d.free.Memory && r.Disk <= d.free.Disk
}

func (d *desk) take(r fallow.Resources) {
	d.max--
	d.given++
	d.free.Cores -= r.Cores
	d.free.Memory -= r.Memory
	d.free.Disk -= r.Disk
}

// Takes gives what an attempt with these needs takes of a node.
func Takes(n fallow.Needs) fallow.Resources {
	r := fallow.Resources{Cores: n.Cores, Memory: n.Memory, Disk: n.Disk}
	if r.Cores == 0 {
		r.Cores = 1
	}
	if r.Memory == 0 {
		r.Memory = fallow.DefaultMemory
	}
	if r.Disk == 0 {
		r.Disk = fallow.DefaultDisk
	}
	return r
}
