package sqlstore

import (
	"database/sql"
	"errors"
	"time"

	"fallow"
)

const runningColumns = `job, idx, number, node, started, expires`

func scanRunning(r scanner) (a fallow.Attempt, err error) {
	var started, expires int64
	err = r.Scan(&a.ID.Subjob.Job, &a.ID.Subjob.Index, &a.ID.Number, &a.Node, &started, &expires)
	a.Started, a.Expires = moment(started), moment(expires)
	return a, err
}

func scanEnded(r scanner) (a fallow.Attempt, err error) {
	var started, expires, ended int64
	var outcome string
	err = r.Scan(&a.ID.Subjob.Job, &a.ID.Subjob.Index, &a.ID.Number, &a.Node, &started, &expires, &ended, &outcome)
	if err != nil {
		return a, err
	}
	a.Started, a.Expires, a.Ended = moment(started), moment(expires), moment(ended)
	return a, untext("outcome", outcome, &a.Outcome)
}

func (t *tx) Attempt(id fallow.AttemptID) (a fallow.Attempt, err error) {
	key := []any{id.Subjob.Job, id.Subjob.Index, id.Number}
	found, err := list(t, scanRunning, `SELECT `+runningColumns+` FROM leases WHERE job = $1 AND idx = $2 AND number = $3`, key...)
	if err == nil && len(found) == 0 {
		found, err = list(t, scanEnded, `SELECT `+runningColumns+`, ended, outcome FROM attempts
			WHERE job = $1 AND idx = $2 AND number = $3`, key...)
	}
	if err == nil && len(found) == 0 {
		err = noAttempt(id)
	}
	if err != nil {
		return a, err
	}
	a = found[0]
	if !a.Running() {
		a.Outcome.Tail, err = t.tail(id)
	}
	return a, err
}

func noAttempt(id fallow.AttemptID) error {
	return fallow.Errorf(fallow.CodeNotFound, "there is no attempt %s", id)
}

func (t *tx) tail(id fallow.AttemptID) (string, error) {
	var tail []byte
	err := t.row(`SELECT tail FROM tails WHERE job = $1 AND idx = $2 AND number = $3`,
		[]any{id.Subjob.Job, id.Subjob.Index, id.Number}, &tail)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return string(tail), err
}

func (t *tx) Attempts(id fallow.SubjobID) ([]fallow.Attempt, error) {
	ended, err := list(t, scanEnded, `SELECT `+runningColumns+`, ended, outcome FROM attempts
		WHERE job = $1 AND idx = $2 ORDER BY number`, id.Job, id.Index)
	if err != nil {
		return nil, err
	}
	running, err := list(t, scanRunning, `SELECT `+runningColumns+` FROM leases
		WHERE job = $1 AND idx = $2 ORDER BY number`, id.Job, id.Index)
	return merge(ended, running), err
}

// merge puts two lists in order of number together.
func merge(a, b []fallow.Attempt) []fallow.Attempt {
	all := make([]fallow.Attempt, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].ID.Number < b[0].ID.Number {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

func (t *tx) RunningOn(node fallow.NodeID) ([]fallow.AttemptID, error) {
	return list(t, func(r scanner) (id fallow.AttemptID, err error) {
		err = r.Scan(&id.Subjob.Job, &id.Subjob.Index, &id.Number)
		return id, err
	}, `SELECT job, idx, number FROM leases WHERE node = $1 ORDER BY job, idx, number`, node)
}

func (t *tx) RunningOf(job fallow.JobID, limit int) ([]fallow.Attempt, error) {
	return list(t, scanRunning, `SELECT `+runningColumns+` FROM leases
		WHERE job = $1 ORDER BY idx, number LIMIT $2`, job, limit)
}

func (t *tx) Expired(now time.Time, limit int) ([]fallow.Attempt, error) {
	return list(t, scanRunning, `SELECT `+runningColumns+` FROM leases
		WHERE expires < $1 ORDER BY expires, job, idx LIMIT $2`, nanos(now), limit)
}
