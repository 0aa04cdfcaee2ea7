package sqlstore

import (
	"encoding/hex"
	"time"

	"fallow"
	"fallow/internal/store"
)

func (t *tx) PutJoinToken(j store.JoinToken) error {
	return t.change(`INSERT INTO join_tokens (hash, expires, uses) VALUES ($1, $2, $3)
		ON CONFLICT (hash) DO UPDATE SET expires = excluded.expires, uses = excluded.uses`,
		hex.EncodeToString(j.Hash[:]), nanos(j.Expires), j.Uses)
}

func (t *tx) UseJoinToken(hash [32]byte, now time.Time) error {
	n, err := t.exec(`UPDATE join_tokens SET uses = uses - 1 WHERE hash = $1 AND uses > 0 AND expires > $2`,
		hex.EncodeToString(hash[:]), nanos(now))
	if err == nil && n == 0 {
		return fallow.Errorf(fallow.CodeDenied, "the join token is unknown, expired or used up").
			WithHint("ask an operator for a new one: 'fallow node token'")
	}
	return err
}
