package storetest

import (
	"testing"

	"fallow"
	"fallow/internal/store"
)

func testUsers(t *testing.T, s store.Store) {
	ada := store.User{Name: "ada", Role: store.Submitter, TokenHash: [32]byte{1, 255}, Created: now}
	bob := store.User{Name: "bob", Role: store.Administrator, TokenHash: [32]byte{2}, Created: now}
	update(t, s, func(tx store.Tx) error {
		if err := tx.PutUser(bob); err != nil {
			return err
		}
		return tx.PutUser(ada)
	})
	same(t, "users", []store.User{ada, bob}, get(t, s, store.Reader.Users))
	same(t, "user by token", ada, get(t, s, func(r store.Reader) (store.User, error) { return r.UserByToken(ada.TokenHash) }))

	changed := ada
	changed.Role, changed.TokenHash = store.Operator, [32]byte{3}
	update(t, s, func(tx store.Tx) error { return tx.PutUser(changed) })
	same(t, "users after a change", []store.User{changed, bob}, get(t, s, store.Reader.Users))
	wantCode(t, s, fallow.CodeNotFound, "the old token", func(tx store.Tx) error {
		_, err := tx.UserByToken(ada.TokenHash)
		return err
	})
}

func testTokenConflict(t *testing.T, s store.Store) {
	update(t, s, func(tx store.Tx) error { return tx.PutUser(store.User{Name: "ada", TokenHash: [32]byte{1}}) })
	wantCode(t, s, fallow.CodeConflict, "another user's token", func(tx store.Tx) error {
		return tx.PutUser(store.User{Name: "bob", TokenHash: [32]byte{1}})
	})
}

func testAudit(t *testing.T, s store.Store) {
	first := store.AuditEntry{Time: now, Who: "ada", What: "submit", Thing: "job 1", Detail: "from her desk"}
	second := store.AuditEntry{Time: now, Who: "bob", What: "cancel", Thing: "job 1"}
	for _, e := range []store.AuditEntry{first, second} {
		update(t, s, func(tx store.Tx) error { return tx.Audit(e) })
	}
	log := func(limit int) []store.AuditEntry {
		return get(t, s, func(r store.Reader) ([]store.AuditEntry, error) { return r.AuditLog(limit) })
	}
	same(t, "the log", []store.AuditEntry{second, first}, log(9))
	same(t, "the latest entry", []store.AuditEntry{second}, log(1))
}
