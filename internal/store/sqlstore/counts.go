package sqlstore

import (
	"fallow"
	"fallow/internal/store"
)

// jobRow is a job's short row as this transaction sees it. Hundreds of outcomes of
// one job come in one transaction, and each moves its counts; they are written once.
type jobRow struct {
	store.Job
	dirty bool // counts or Next are not written yet
}

// jobRow reads a job's row, the first time from the database.
func (t *tx) jobRow(id fallow.JobID) (*jobRow, error) {
	if j, ok := t.jobs[id]; ok {
		return j, nil
	}
	found, err := list(t, scanJob, `SELECT `+jobColumns+` FROM jobs WHERE id = $1`, id)
	if err == nil && len(found) == 0 {
		err = noJob(id)
	}
	if err != nil {
		return nil, err
	}
	j := &jobRow{Job: found[0]}
	t.jobs[id] = j
	return j, nil
}

// move moves n subjobs between the counts of two states.
func (j *jobRow) move(from, to store.SubjobState, n int64) {
	*j.count(from) -= n
	*j.count(to) += n
	j.dirty = true
}

func (j *jobRow) count(s store.SubjobState) *int64 {
	switch s {
	case store.SubjobWaiting:
		return &j.Counts.Waiting
	case store.SubjobRunning:
		return &j.Counts.Running
	case store.SubjobSucceeded:
		return &j.Counts.Succeeded
	case store.SubjobFailed:
		return &j.Counts.Failed
	default:
		return &j.Counts.Cancelled
	}
}

// flush writes the counts that changed. It comes before everything that reads jobs
// by a query, and before the commit.
func (t *tx) flush() error {
	for id, j := range t.jobs {
		if !j.dirty {
			continue
		}
		c := j.Counts
		err := t.change(`UPDATE jobs SET waiting = $2, running = $3, succeeded = $4, failed = $5, cancelled = $6, next_index = $7
			WHERE id = $1`, id, c.Waiting, c.Running, c.Succeeded, c.Failed, c.Cancelled, j.Next)
		if err != nil {
			return err
		}
		j.dirty = false
	}
	return nil
}

// listJobs runs a query for jobs' short rows.
func (t *tx) listJobs(query string, args ...any) ([]store.Job, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	return list(t, scanJob, query, args...)
}
