package server

import (
	"sync"

	"fallow"
)

// streamQueue is how many messages wait for a slow node. What overflows is dropped:
// the node learns it by its next heartbeat.
const streamQueue = 64

// streams are the nodes' open streams down.
type streams struct {
	mu   sync.Mutex
	open map[fallow.NodeID]chan fallow.AttemptID
}

func newStreams() *streams { return &streams{open: map[fallow.NodeID]chan fallow.AttemptID{}} }

// join opens a node's stream; an earlier one of the same node gets nothing more.
func (s *streams) join(id fallow.NodeID) chan fallow.AttemptID {
	s.mu.Lock()
	defer s.mu.Unlock()
	stops := make(chan fallow.AttemptID, streamQueue)
	s.open[id] = stops
	return stops
}

func (s *streams) leave(id fallow.NodeID, stops chan fallow.AttemptID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[id] == stops {
		delete(s.open, id)
	}
}

// Stop tells a node to end an attempt.
func (s *streams) Stop(node fallow.NodeID, attempt fallow.AttemptID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.open[node] <- attempt:
	default:
	}
}
