package storetest

import (
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
		return get(t, s, func(r store.Reader) (store.Bundle, error) { return r.BundleNamed("hmmer", version) })
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
