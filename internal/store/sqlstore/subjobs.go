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
	old, err := t.Subjob(s.ID)
	if err != nil {
		return err
	}
	if err := settable(old, s.State); err != nil || old.State == s.State && final(old.State) {
		return err
	}
	results, notBefore, since := []fallow.FileRef(nil), int64(0), int64(0)
	switch s.State {
	case store.SubjobSucceeded:
		results = s.Results
	case store.SubjobWaiting:
		notBefore, since = nanos(s.NotBefore), nanos(now)
	}
	encoded, err := text(results)
	if err != nil {
		return err
	}
	err = t.change(`UPDATE subjobs SET state = $3, reason = $4, results = $5, not_before = $6, since = $7
		WHERE job = $1 AND idx = $2`, s.ID.Job, s.ID.Index, s.State, s.Reason, encoded, notBefore, since)
	if err != nil {
		return err
	}
	return t.moveCounts(s.ID.Job, old.State, s.State, 1)
}

func final(s store.SubjobState) bool {
	return s != store.SubjobWaiting && s != store.SubjobRunning
}

// settable tells why a subjob cannot move to a state: it is there only by a lease,
// or its fate was sealed before.
func settable(old store.Subjob, to store.SubjobState) error {
	if _, ok := subjobsInState[to]; !ok || to == "" || to == store.SubjobRunning {
		return fallow.Errorf(fallow.CodeInvalid, "subjob %s cannot be set to state %q", old.ID, to)
	}
	if final(old.State) && old.State != to {
		return fallow.Errorf(fallow.CodeConflict, "subjob %s is already %s and cannot become %s", old.ID, old.State, to)
	}
	return nil
}
