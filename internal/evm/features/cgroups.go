package features

import (
	"slices"
	"strings"

	"fallow/internal/evm/cgroup"
)

// topGroup is the name under which agents make their control groups. It doesn't
// matter here, as nothing is made.
const topGroup = "fallow"

// delegateAdvice is the same for all that control groups do.
const delegateAdvice = "Install the agent as a service with Delegate=yes, as user or root."

func cgroupMemory() Feature {
	return control(cgroup.Memory, Degraded, "memory is polled, which notices a quick program late")
}

func cgroupProcesses() Feature {
	return control(cgroup.Procs, Degraded, "a resource limit of the sandbox's user counts processes")
}

func cgroupCPU() Feature {
	return control(cgroup.CPU, Degraded, "priority by autogroup and SCHED_IDLE")
}

// cgroupFreeze takes version 1's freezer for none: processes that it stopped ignore
// SIGKILL, and would outlive a dead agent.
func cgroupFreeze() Feature {
	f := control(cgroup.Freeze, Degraded, "the first process of a sandbox stops all others by SIGSTOP, which takes longer")
	if f.Status == OK && strings.Contains(f.Detail, "v1") {
		f.Status, f.Advice = Degraded, "Mount cgroup2, as all current distributions do."
	}
	return f
}

func cgroupKill() Feature {
	return control(cgroup.Kill, Degraded, "the end of its first process ends a sandbox")
}

// control tells which tree does c for us.
func control(c cgroup.Control, without Status, fallback string) Feature {
	f := Feature{Status: without, Detail: "no control group does it", Fallback: fallback, Advice: delegateAdvice}
	offers, err := cgroup.Survey(topGroup)
	if err != nil {
		f.Detail = err.Error()
		return f
	}
	for _, o := range offers {
		if !slices.Contains(o.Controls, c) {
			continue
		}
		if o.Denied == "" {
			f.Status, f.Detail = OK, o.Tree+" in "+o.Where
			return f
		}
		f.Detail = o.Tree + ": " + o.Denied
	}
	return f
}
