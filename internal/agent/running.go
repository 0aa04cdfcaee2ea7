package agent

import (
	"context"
	"sync"

	"fallow"
)

// running are the attempts under way, with the means to end each.
type running struct {
	mu   sync.Mutex
	ends map[fallow.AttemptID]context.CancelCauseFunc
}

func newRunning() *running {
	return &running{ends: map[fallow.AttemptID]context.CancelCauseFunc{}}
}

func (r *running) add(id fallow.AttemptID, end context.CancelCauseFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ends[id] = end
}

func (r *running) remove(id fallow.AttemptID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.ends, id)
}

// IDs lists the attempts under way.
func (r *running) IDs() []fallow.AttemptID {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := make([]fallow.AttemptID, 0, len(r.ends))
	for id := range r.ends {
		ids = append(ids, id)
	}
	return ids
}

// stop ends attempts that nobody wants any more.
func (r *running) stop(ids []fallow.AttemptID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		if end, ok := r.ends[id]; ok {
			end(errUnwanted)
		}
	}
}
