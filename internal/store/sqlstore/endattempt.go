package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fallow"
)

func (t *tx) EndAttempt(id fallow.AttemptID, outcome fallow.Outcome, now time.Time) error {
	if !outcome.Kind.Valid() {
		return fallow.Errorf(fallow.CodeInvalid, "attempt %s cannot end as %q: there is no such outcome", id, outcome.Kind)
	}
	tail := outcome.Tail
	outcome.Tail = "" // it lies in its own table
	encoded, err := text(outcome)
	if err != nil {
		return fmt.Errorf("encode the outcome of attempt %s: %w", id, err)
	}
	key := []any{id.Subjob.Job, id.Subjob.Index, id.Number}
	var node string
	var started, expires int64
	err = t.row(`DELETE FROM leases WHERE job = $1 AND idx = $2 AND number = $3
		RETURNING node, started, expires`, key, &node, &started, &expires)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = t.replaceLost(id, outcome.Kind, encoded, now)
	case err == nil:
		err = t.change(`INSERT INTO attempts (`+runningColumns+`, ended, kind, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			append(key, node, started, expires, nanos(now), outcome.Kind, encoded)...)
	}
	if err != nil || tail == "" {
		return err
	}
	return t.change(`INSERT INTO tails (job, idx, number, tail) VALUES ($1, $2, $3, $4)
		ON CONFLICT (job, idx, number) DO UPDATE SET tail = excluded.tail`, append(key, []byte(tail))...)
}

// replaceLost stores the outcome of an attempt that was given up as lost.
func (t *tx) replaceLost(id fallow.AttemptID, kind fallow.OutcomeKind, encoded string, now time.Time) error {
	n, err := t.exec(`UPDATE attempts SET ended = $4, kind = $5, outcome = $6
		WHERE job = $1 AND idx = $2 AND number = $3 AND kind = 'lost'`,
		id.Subjob.Job, id.Subjob.Index, id.Number, nanos(now), kind, encoded)
	if err != nil || n > 0 {
		return err
	}
	a, err := t.Attempt(id)
	if err != nil {
		return err
	}
	return fallow.Errorf(fallow.CodeConflict, "attempt %s already ended as %s", id, a.Outcome.Kind)
}
