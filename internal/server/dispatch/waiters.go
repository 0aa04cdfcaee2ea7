package dispatch

import (
	"container/list"
	"sync"
)

// probes is how many waiting asks are tried when there may be work for somebody.
// One that gets work wakes two more, so that a hundred thousand idle nodes do not
// all ask at once for a single subjob.
const probes = 8

// waiters are the nodes whose ask found nothing, in order of arrival.
type waiters struct {
	mu    sync.Mutex
	queue list.List // of chan struct{}
}

// turn is a place in the queue.
type turn struct {
	come  chan struct{} // closed when it is worth asking again
	place *list.Element
}

func (w *waiters) join() turn {
	w.mu.Lock()
	defer w.mu.Unlock()
	come := make(chan struct{})
	return turn{come: come, place: w.queue.PushBack(come)}
}

// leave takes out a waiter that needs nothing more. It tells whether the waiter was
// woken: then it owes that to another, so that no wake-up is lost.
func (w *waiters) leave(t turn) (woken bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue.Remove(t.place) // does nothing when it was woken
	select {
	case <-t.come:
		return true
	default:
		return false
	}
}

// wake lets the first n ask again.
func (w *waiters) wake(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ; n > 0 && w.queue.Len() > 0; n-- {
		close(w.queue.Remove(w.queue.Front()).(chan struct{}))
	}
}
