package sqlstore

import (
	"time"

	"fallow"
	"fallow/internal/store"
)

const subjobColumns = `job, idx, state, attempts, reason, results, not_before`

func scanSubjob(r scanner) (s store.Subjob, err error) {
	var results string
	var notBefore int64
	if err := r.Scan(&s.ID.Job, &s.ID.Index, &s.State, &s.Attempts, &s.Reason, &results, &notBefore); err != nil {
		return s, err
	}
	s.NotBefore = moment(notBefore)
	return s, untext("results", results, &s.Results)
}

func (t *tx) Subjob(id fallow.SubjobID) (store.Subjob, error) {
	found, err := list(t, scanSubjob, `SELECT `+subjobColumns+` FROM subjobs WHERE job = $1 AND idx = $2`, id.Job, id.Index)
	if err == nil && len(found) == 0 {
		err = fallow.Errorf(fallow.CodeNotFound, "subjob %s does not exist or was never leased", id)
	}
	if err != nil {
		return store.Subjob{}, err
	}
	return found[0], nil
}

// subjobsInState has the condition for each state in words that its partial index
// is declared with. Running subjobs are found by their leases, and succeeded ones
// by walking along all: nearly all of them are.
var subjobsInState = map[store.SubjobState]string{
	"":                    ``,
	store.SubjobWaiting:   ` AND state = 'waiting'`,
	store.SubjobRunning:   ` AND state = 'running' AND idx IN (SELECT l.idx FROM leases l WHERE l.job = $1 AND l.idx > $2)`,
	store.SubjobSucceeded: ` AND state = 'succeeded'`,
	store.SubjobFailed:    ` AND state = 'failed'`,
	store.SubjobCancelled: ` AND state = 'cancelled'`,
}

func (t *tx) Subjobs(job fallow.JobID, state store.SubjobState, after int64, limit int) ([]store.Subjob, error) {
	condition, ok := subjobsInState[state]
	if !ok {
		return nil, fallow.Errorf(fallow.CodeInvalid, "there is no subjob state %q", state).
			WithHint("the states are waiting, running, succeeded, failed and cancelled")
	}
	return list(t, scanSubjob, `SELECT `+subjobColumns+` FROM subjobs
		WHERE job = $1 AND idx > $2`+condition+` ORDER BY idx LIMIT $3`, job, after, limit)
}

func (t *tx) SetSubjob(s store.Subjob, now time.Time) error {
	j, err := t.jobRow(s.ID.Job)
	if err != nil {
		return err
	}
	if to := s.State; to == store.SubjobRunning || to == "" || subjobsInState[to] == "" {
		return fallow.Errorf(fallow.CodeInvalid, "subjob %s cannot be set to state %q", s.ID, to)
	}
	// Nearly always it runs: then there is no need to read it first.
	for _, from := range []store.SubjobState{store.SubjobRunning, store.SubjobWaiting} {
		moved, err := t.moveSubjob(s, from, now)
		if err != nil {
			return err
		}
		if moved {
			j.move(from, s.State, 1)
			return nil
		}
	}
	return t.explainUnmoved(s)
}

// moveSubjob moves a subjob if it is in state from.
func (t *tx) moveSubjob(s store.Subjob, from store.SubjobState, now time.Time) (bool, error) {
	results, notBefore, since := []fallow.FileRef(nil), int64(0), int64(0)
	switch s.State {
	case store.SubjobSucceeded:
		results = s.Results
	case store.SubjobWaiting:
		notBefore, since = nanos(s.NotBefore), nanos(now)
	}
	encoded, err := text(results)
	if err != nil {
		return false, err
	}
	n, err := t.exec(`UPDATE subjobs SET state = $3, reason = $4, results = $5, not_before = $6, since = $7
		WHERE job = $1 AND idx = $2 AND state = $8`, s.ID.Job, s.ID.Index, s.State, s.Reason, encoded, notBefore, since, from)
	return n > 0, err
}

// explainUnmoved tells why a subjob could not be moved: its fate was sealed before,
// which is no error if it is the same.
func (t *tx) explainUnmoved(s store.Subjob) error {
	old, err := t.Subjob(s.ID)
	if err != nil || old.State == s.State {
		return err
	}
	return fallow.Errorf(fallow.CodeConflict, "subjob %s is already %s and cannot become %s", s.ID, old.State, s.State)
}
