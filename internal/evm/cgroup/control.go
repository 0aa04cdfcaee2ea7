package cgroup

import (
	"time"

	"fallow"
)

// Control is something that a group can do.
type Control int

// The controls.
const (
	Memory  Control = iota // limit and measure memory
	Procs                  // limit and count processes and threads
	CPU                    // lowest weight, and a limit in cores
	CPUTime                // measure processor time
	Freeze                 // stop all processes and let them run on
	Kill                   // end all processes in one step
	controlCount
)

// String names the control as 'fallow doctor' does.
func (c Control) String() string {
	return [controlCount]string{"memory", "processes", "cpu", "cpu time", "freeze", "kill"}[c]
}

// Limits bound a group. Zero means no limit.
type Limits struct {
	Memory fallow.Size // of all processes together, with page cache; more ends in an OOM kill
	Procs  int         // processes and threads at once; more fail to start
	Cores  int         // processor seconds per second
}

// Usage is what a group used from its creation on. What the kernel doesn't tell is
// zero.
type Usage struct {
	CPU          time.Duration // user and system
	Memory       fallow.Size   // peak; what is used now on kernels before 5.19 with version 2
	Procs        int           // peak; what is there now on kernels before 6.12
	OOMKills     int           // processes killed for want of memory
	ProcsRefused int           // processes and threads refused by the limit
}
