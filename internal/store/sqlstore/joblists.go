package sqlstore

import (
	"math"
	"time"

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

// candidatesQuery walks the index jobs_leasable in its order and stops after as
// many jobs as asked for. On the way it skips jobs whose waiting subjobs all wait
// for their NotBefore, at the cost of one look into subjobs_waiting each; there are
// at most as many as attempts failed within the longest back-off.
const candidatesQuery = `SELECT ` + jobColumns + ` FROM jobs
	WHERE state = 'running' AND waiting > 0
	AND (next_index < total OR EXISTS (
		SELECT 1 FROM subjobs s WHERE s.job = jobs.id AND s.state = 'waiting' AND s.not_before <= $1))
	ORDER BY precedence, id LIMIT $2`

func (t *tx) Candidates(now time.Time, jobs, subjobs int) ([]store.Candidate, error) {
	found, err := t.listJobs(candidatesQuery, nanos(now), jobs)
	if err != nil {
		return nil, err
	}
	candidates := make([]store.Candidate, len(found))
	for i, j := range found {
		if candidates[i].Job, err = t.complete(j); err != nil {
			return nil, err
		}
		if leasedBefore := j.Counts.Waiting - (j.Counts.Total - j.Next); leasedBefore == 0 {
			continue
		}
		if candidates[i].Waiting, err = t.waiting(j.ID, now, subjobs); err != nil {
			return nil, err
		}
	}
	return candidates, nil
}
