package sqlstore

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"fallow"
	"fallow/internal/store"
)

const userColumns = `name, role, token_hash, created`

func scanUser(r scanner) (u store.User, err error) {
	var hash string
	var created int64
	if err := r.Scan(&u.Name, &u.Role, &hash, &created); err != nil {
		return u, err
	}
	u.Created = moment(created)
	return u, unhex("token_hash", hash, u.TokenHash[:])
}

// unhex reads a column of hexadecimal digits that must fill dst.
func unhex(column, s string, dst []byte) error {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(dst) {
		return fmt.Errorf("column %s is not what was written: %q", column, s)
	}
	copy(dst, raw)
	return nil
}

func (t *tx) Users() ([]store.User, error) {
	return list(t, scanUser, `SELECT `+userColumns+` FROM users ORDER BY name`)
}

func (t *tx) UserByToken(hash [32]byte) (store.User, error) {
	found, err := list(t, scanUser, `SELECT `+userColumns+` FROM users WHERE token_hash = $1`, hex.EncodeToString(hash[:]))
	if err == nil && len(found) == 0 {
		err = fallow.Errorf(fallow.CodeNotFound, "no user has this token")
	}
	if err != nil {
		return store.User{}, err
	}
	return found[0], nil
}

func (t *tx) PutUser(u store.User) error {
	hash := hex.EncodeToString(u.TokenHash[:])
	var other string
	err := t.row(`SELECT name FROM users WHERE token_hash = $1 AND name <> $2`, []any{hash, u.Name}, &other)
	if err == nil {
		return fallow.Errorf(fallow.CodeConflict, "user %q has this token already", other)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return t.change(`INSERT INTO users (`+userColumns+`) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET role = excluded.role, token_hash = excluded.token_hash`,
		u.Name, u.Role, hash, nanos(u.Created))
}
