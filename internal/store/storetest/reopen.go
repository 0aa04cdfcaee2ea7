package storetest

import (
	"testing"

	"fallow"
	"fallow/internal/store"
)

// testReopen: everything is there after the store was closed and opened again, and
// numbers go on where they were.
func testReopen(t *testing.T, open Opener) {
	dir := t.TempDir()
	s, err := open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	id := createJob(t, s, 3)
	lease(t, s, "a", id, 0, 2)
	end(t, s, attempt(id, 0, 1), fallow.Succeeded, store.Subjob{State: store.SubjobSucceeded, Results: results})
	update(t, s, func(tx store.Tx) error { return tx.PutNode(desktop) })
	before, wasEnded, wasNode := job(t, s, id), ended(t, s, attempt(id, 0, 1)), node(t, s, "a")
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	s = opened(t, open, dir)
	same(t, "job", before, job(t, s, id))
	same(t, "ended attempt", wasEnded, ended(t, s, attempt(id, 0, 1)))
	same(t, "node", wasNode, node(t, s, "a"))
	same(t, "running", []fallow.AttemptID{attempt(id, 1, 1)},
		get(t, s, func(r store.Reader) ([]fallow.AttemptID, error) { return r.RunningOn("a") }))
	if next := createJob(t, s, 1); next != id+1 {
		t.Errorf("the next job is %s, want %s", next, id+1)
	}
}
