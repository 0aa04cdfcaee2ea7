package sqlstore

import (
	"math"

	"fallow"
	"fallow/internal/store"
)

func (t *tx) Jobs(f store.JobFilter) ([]fallow.Job, error) {
	before := f.Before
	if before == 0 {
		before = math.MaxInt64
	}
	jobs, err := t.listJobs(jobsQuery(f), before, f.Limit, f.Owner)
	short := make([]fallow.Job, len(jobs))
	for i, j := range jobs {
		short[i] = j.Job
	}
	return short, err
}

// jobsQuery names its conditions outright, so that the index for them is used.
func jobsQuery(f store.JobFilter) string {
	query := `SELECT ` + jobColumns + ` FROM jobs WHERE id < $1`
	if f.Unfinished {
		query += ` AND finished = 0`
	}
	if f.Owner == "" {
		query += ` AND $3 = ''`
	} else {
		query += ` AND owner = $3`
	}
	return query + ` ORDER BY id DESC LIMIT $2`
}

func (t *tx) JobsInState(state fallow.JobState, limit int) ([]store.Job, error) {
	if state.Final() {
		return nil, fallow.Errorf(fallow.CodeInvalid, "jobs in the final state %q are not listed", state)
	}
	jobs, err := t.listJobs(`SELECT `+jobColumns+` FROM jobs
		WHERE state = $1 AND finished = 0 ORDER BY id LIMIT $2`, state, limit)
	if err != nil {
		return nil, err
	}
	return t.completeAll(jobs)
}
