package evm

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"fallow/internal/evm/cgroup"
)

// openGroups opens the control groups and clears away what an earlier process of
// this directory left.
func (m *Machine) openGroups() error {
	if m.config.Group == "" {
		sum := sha256.Sum256([]byte(m.config.Dir))
		m.config.Group = "fallow-" + hex.EncodeToString(sum[:4])
	}
	groups, err := cgroup.Open(m.config.Group)
	if err != nil {
		return err
	}
	m.groups = groups
	return groups.Sweep()
}

// newGroup makes a sandbox's group, with no limits yet.
func (m *Machine) newGroup() (*cgroup.Group, error) {
	return m.groups.New("r"+strconv.FormatInt(m.serial.Add(1), 10), cgroup.Limits{})
}

// groupLimits are a run's. PID 1 is in the group, hence the tasks of its own.
func groupLimits(l Limits) cgroup.Limits {
	return cgroup.Limits{Memory: l.Memory + initMemory, Procs: l.Procs + initTasks, Cores: l.Cores}
}

// What PID 1 uses itself and a program isn't charged for. Its tasks are fewer than
// it allows for in RLIMIT_NPROC, so that the group, which counts refusals, is hit
// first.
const (
	initMemory = 16 << 20
	initTasks  = 12
)
