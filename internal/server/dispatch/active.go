package dispatch

import (
	"sync"
	"time"

	"fallow"
	"fallow/internal/store"
)

// activeAge is how old the count of active nodes may be: it only tells whether a
// different node exists, and counting them all in every round would cost more the
// larger the grid is.
const activeAge = 2 * time.Second

type activeNodes struct {
	mu   sync.Mutex
	n    int
	when time.Time
}

// count gives how many nodes could take work.
func (a *activeNodes) count(r store.Reader, now time.Time) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.when.IsZero() && now.Sub(a.when) < activeAge {
		return a.n, nil
	}
	n, err := r.ActiveNodes(now.Add(-fallow.LeaseTime))
	if err != nil {
		return 0, err
	}
	a.n, a.when = n, now
	return n, nil
}
