package agent

import (
	"sync"

	"fallow"
)

// slots account for what attempts take of the node.
type slots struct {
	mu      sync.Mutex
	free    fallow.Resources
	changed chan struct{} // capacity 1: something became free
}

func newSlots(all fallow.Resources) *slots {
	return &slots{free: all, changed: make(chan struct{}, 1)}
}

// Free tells what is not taken.
func (s *slots) Free() fallow.Resources {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free
}

func (s *slots) take(r fallow.Resources) { s.add(r, -1) }

func (s *slots) giveBack(r fallow.Resources) {
	s.add(r, 1)
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *slots) add(r fallow.Resources, sign int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free.Cores += sign * r.Cores
	s.free.Memory += fallow.Size(sign) * r.Memory
	s.free.Disk += fallow.Size(sign) * r.Disk
}
