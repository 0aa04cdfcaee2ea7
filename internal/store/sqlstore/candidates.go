package sqlstore

import (
	"math"
	"time"

	"fallow"
	"fallow/internal/store"
)

// candidatesQuery walks the index jobs_leasable in its order and stops after as
// many jobs as asked for. On the way it skips jobs whose waiting subjobs all wait
// for their NotBefore, at the cost of one look into subjobs_waiting each; there are
// at most as many as attempts failed within the longest back-off.
const candidatesQuery = `SELECT ` + jobColumns + ` FROM jobs
	WHERE state = 'running' AND waiting > 0 AND (precedence, id) > ($3, $4)
	AND (next_index < total OR EXISTS (
		SELECT 1 FROM subjobs s WHERE s.job = jobs.id AND s.state = 'waiting' AND s.not_before <= $1))
	ORDER BY precedence, id LIMIT $2`

func (t *tx) Candidates(now time.Time, jobs, subjobs int) ([]store.Candidate, error) {
	return t.candidates(math.MinInt64, 0, now, jobs, subjobs)
}

func (t *tx) CandidatesAfter(last fallow.JobID, now time.Time, jobs, subjobs int) ([]store.Candidate, error) {
	j, err := t.jobRow(last)
	if err != nil {
		return nil, err
	}
	return t.candidates(-int64(j.Spec.Priority), last, now, jobs, subjobs)
}

// candidates lists those behind a place in the order of scheduling.
func (t *tx) candidates(precedence int64, id fallow.JobID, now time.Time, jobs, subjobs int) ([]store.Candidate, error) {
	found, err := t.listJobs(candidatesQuery, nanos(now), jobs, precedence, id)
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
