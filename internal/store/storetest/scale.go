package storetest

import (
	"testing"

	"fallow"
	"fallow/internal/store"
)

// testTenMillion: a subjob has no row until it is leased.
func testTenMillion(t *testing.T, s store.Store) {
	id := createJob(t, s, fallow.MaxSubjobs)
	rows := func() int {
		return len(get(t, s, func(r store.Reader) ([]store.Subjob, error) { return r.Subjobs(id, "", -1, 1000) }))
	}
	if n := rows(); n != 0 {
		t.Errorf("%d rows at submit, want none", n)
	}
	lease(t, s, "a", id, 0, 100)
	if n := rows(); n != 100 {
		t.Errorf("%d rows after 100 leases", n)
	}
	update(t, s, func(tx store.Tx) error { return tx.CancelSubjobs(id, now) })
	if n := rows(); n != 100 {
		t.Errorf("%d rows after all others were cancelled", n)
	}
	same(t, "counts", fallow.Counts{Total: fallow.MaxSubjobs, Running: 100, Cancelled: fallow.MaxSubjobs - 100}, job(t, s, id).Counts)
}
