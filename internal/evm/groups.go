package evm

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

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

// newGroup makes a run's group. PID 1 is in it, hence the tasks of its own.
func (m *Machine) newGroup(s Spec) (*cgroup.Group, error) {
	name := "r" + strconv.FormatInt(m.serial.Add(1), 10) + "-" + strings.ReplaceAll(s.Name, ".", "-")
	return m.groups.New(name, cgroup.Limits{
		Memory: s.Limits.Memory + initMemory,
		Procs:  s.Limits.Procs + initTasks,
		Cores:  s.Limits.Cores,
	})
}

// What PID 1 uses itself and a program isn't charged for. Its tasks are fewer than
// it allows for in RLIMIT_NPROC, so that the group, which counts refusals, is hit
// first.
const (
	initMemory = 16 << 20
	initTasks  = 12
)
