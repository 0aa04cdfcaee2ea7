package storetest

import (
	"errors"
	"testing"
	"time"

	"fallow"
	"fallow/internal/store"
)

func bundle(version string, created time.Time) store.Bundle {
	return store.Bundle{Digest: fallow.DigestOf([]byte(version)), Name: "hmmer", Version: version,
		Signature: []byte{0, 1, 255}, Owner: "ada", Created: created}
}

func testBundles(t *testing.T, s store.Store) {
	want := bundle("3.3", now)
	update(t, s, func(tx store.Tx) error { return tx.PutBundle(want) })
	same(t, "bundle", want, get(t, s, func(r store.Reader) (store.Bundle, error) { return r.Bundle(want.Digest) }))
}

func testLatestBundle(t *testing.T, s store.Store) {
	old, latest := bundle("3.3", now), bundle("3.4", now.Add(time.Second))
	named := func(version string) store.Bundle {
		return get(t, s, func(r store.Reader) (store.Bundle, error) { return r.BundleNamed("ada", "hmmer", version) })
	}
	update(t, s, func(tx store.Tx) error {
		if err := tx.PutBundle(latest); err != nil {
			return err
		}
		return tx.PutBundle(old)
	})
	same(t, "the latest", latest, named(""))
	same(t, "one by version", old, named("3.3"))

	old.Created, old.Signature = now.Add(time.Minute), []byte{9}
	update(t, s, func(tx store.Tx) error { return tx.PutBundle(old) })
	same(t, "the latest after the old one was registered anew", old, named(""))
}

// A name is each user's own: nobody gets another's bundle by it, unless that other
// is an operator.
func testBundleOfAnother(t *testing.T, s store.Store) {
	ours, theirs := bundle("3.3", now), bundle("3.4", now.Add(time.Second))
	theirs.Owner = "eve"
	update(t, s, func(tx store.Tx) error {
		return errors.Join(
			tx.PutUser(store.User{Name: "eve", Role: store.Submitter, Created: now}),
			tx.PutBundle(ours), tx.PutBundle(theirs))
	})
	named := func(user string) (b store.Bundle, err error) {
		err = s.View(t.Context(), func(r store.Reader) error {
			b, err = r.BundleNamed(user, "hmmer", "")
			return err
		})
		return b, err
	}
	got, err := named("ada")
	same(t, "one's own", ours, got)
	if err != nil {
		t.Error(err)
	}
	if _, err := named("bob"); fallow.CodeOf(err) != fallow.CodeNotFound {
		t.Errorf("a stranger's bundle was found by name: %v", err)
	}
	update(t, s, func(tx store.Tx) error {
		return tx.PutUser(store.User{Name: "eve", Role: store.Operator, Created: now})
	})
	if got, err = named("bob"); err != nil {
		t.Error(err)
	}
	same(t, "an operator's", theirs, got)
}
