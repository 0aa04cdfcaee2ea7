package cgroup

import (
	"errors"
	"fmt"
	"sync"
)

// weight holds the top group's place in line for the processor.
type weight struct {
	mu     sync.Mutex
	raised int // how many starts go on
}

// lowestWeight puts everything below the top group last in line for the processor.
// The weight must stand on the top group: weights count among siblings only.
func (m *Manager) lowestWeight() error {
	return m.weigh("1", map[int]string{1: "2", 2: "1"}) // the least, cgroups(7)
}

// raiseWeight gives the top group an ordinary weight until lowerWeight is called as
// often. A thread that waits for its fork in a group that is last in line would make
// the whole agent wait for an idle processor: Go forks under a lock.
func (m *Manager) raiseWeight() error {
	m.weight.mu.Lock()
	defer m.weight.mu.Unlock()
	m.weight.raised++
	if m.weight.raised > 1 {
		return nil
	}
	return m.weigh("0", map[int]string{1: "1024", 2: "100"}) // the defaults
}

func (m *Manager) lowerWeight() error {
	m.weight.mu.Lock()
	defer m.weight.mu.Unlock()
	m.weight.raised--
	if m.weight.raised > 0 {
		return nil
	}
	return m.lowestWeight()
}

// weigh sets the top group idle or not; on kernels before 5.15 its weight, by
// version.
func (m *Manager) weigh(idle string, weights map[int]string) error {
	t := m.use[CPU]
	if t == nil {
		return nil
	}
	var err error
	switch {
	case has(t.top, "cpu.idle"):
		err = write(t.top, "cpu.idle", idle)
	case t.version == 2:
		err = write(t.top, "cpu.weight", weights[2])
	default:
		err = write(t.top, "cpu.shares", weights[1])
	}
	if err != nil {
		return fmt.Errorf("weigh control group %s: %w", t.path, err)
	}
	return nil
}

// atOrdinaryWeight calls f between raiseWeight and lowerWeight.
func (m *Manager) atOrdinaryWeight(f func() error) error {
	err := m.raiseWeight()
	if err == nil {
		err = f()
	}
	return errors.Join(err, m.lowerWeight())
}
