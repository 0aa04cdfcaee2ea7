package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"fallow"
	"fallow/internal/store"
)

const jobColumns = `id, owner, name, precedence, state, reason,
	total, waiting, running, succeeded, failed, cancelled, next_index, submitted, finished, failed_nodes, failed_subjobs, recent`

// scanJob reads a job's short row: of its spec just name and priority.
func scanJob(r scanner) (j store.Job, err error) {
	var precedence, submitted, finished int64
	var nodes, subjobs, recent string
	err = r.Scan(&j.ID, &j.Owner, &j.Spec.Name, &precedence, &j.State, &j.Reason,
		&j.Counts.Total, &j.Counts.Waiting, &j.Counts.Running, &j.Counts.Succeeded, &j.Counts.Failed, &j.Counts.Cancelled,
		&j.Next, &submitted, &finished, &nodes, &subjobs, &recent)
	if err != nil {
		return j, err
	}
	j.Spec.Priority = int(-precedence)
	j.Submitted, j.Finished = moment(submitted), moment(finished)
	if err := untext("failed_nodes", nodes, &j.FailedNodes); err != nil {
		return j, err
	}
	if err := untext("failed_subjobs", subjobs, &j.FailedSubjobs); err != nil {
		return j, err
	}
	return j, untext("recent", recent, &j.Recent)
}

func noJob(id fallow.JobID) error {
	return fallow.Errorf(fallow.CodeNotFound, "there is no job %s", id)
}

func (t *tx) Job(id fallow.JobID) (store.Job, error) {
	j, err := t.jobRow(id)
	if err != nil {
		return store.Job{}, err
	}
	return t.complete(j.Job)
}

// complete adds what lies outside the short row.
func (t *tx) complete(j store.Job) (store.Job, error) {
	var err error
	if j.Spec, err = t.spec(j.ID); err != nil {
		return j, err
	}
	if j.State != fallow.JobRunning {
		j.Results, err = t.jobResults(j.ID)
	}
	return j, err
}

func (t *tx) completeAll(jobs []store.Job) ([]store.Job, error) {
	for i := range jobs {
		var err error
		if jobs[i], err = t.complete(jobs[i]); err != nil {
			return nil, err
		}
	}
	return jobs, nil
}

func (t *tx) spec(id fallow.JobID) (spec fallow.JobSpec, err error) {
	created := t.created[id]
	if cached, ok := t.store.specs.get(id); ok && !created {
		return cached, nil
	}
	var s string
	if err := t.row(`SELECT spec FROM job_specs WHERE job = $1`, []any{id}, &s); err != nil {
		return spec, fmt.Errorf("read the spec of job %s: %w", id, err)
	}
	if err := untext("spec", s, &spec); err != nil {
		return spec, err
	}
	if !created {
		t.store.specs.put(id, spec, fallow.Size(len(s)))
	}
	return spec, nil
}

func (t *tx) jobResults(id fallow.JobID) (results []fallow.FileRef, err error) {
	var s string
	err = t.row(`SELECT results FROM job_results WHERE job = $1`, []any{id}, &s)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return results, untext("results", s, &results)
}

func (t *tx) JobWithKey(owner, key string) (id fallow.JobID, err error) {
	err = t.row(`SELECT id FROM jobs WHERE owner = $1 AND submit_key = $2 AND submit_key <> ''`, []any{owner, key}, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, fallow.Errorf(fallow.CodeNotFound, "user %q submitted no job under key %q", owner, key)
	}
	return id, err
}

func (t *tx) CreateJob(owner, key string, spec fallow.JobSpec, total int64, now time.Time) (id fallow.JobID, err error) {
	if total < 0 || total > fallow.MaxSubjobs {
		return 0, fallow.Errorf(fallow.CodeLimit, "a job of %d subjobs: a job has at most %d", total, int64(fallow.MaxSubjobs))
	}
	if first, err := t.JobWithKey(owner, key); err == nil {
		return 0, fallow.Errorf(fallow.CodeConflict, "user %q submitted job %s under key %q already", owner, first, key)
	} else if fallow.CodeOf(err) != fallow.CodeNotFound {
		return 0, err
	}
	encoded, err := text(spec)
	if err != nil {
		return 0, fmt.Errorf("encode the spec of job %q: %w", spec.Name, err)
	}
	if err := t.row(`UPDATE job_numbers SET latest = latest + 1 RETURNING latest`, nil, &id); err != nil {
		return 0, fmt.Errorf("number a job: %w", err)
	}
	t.created[id] = true
	err = t.change(`INSERT INTO jobs (`+jobColumns+`, submit_key)
		VALUES ($1, $2, $3, $4, $5, '', $6, $6, 0, 0, 0, 0, 0, $7, 0, 'null', 'null', 'null', $8)`,
		id, owner, spec.Name, -spec.Priority, fallow.JobRunning, total, nanos(now), key)
	if err != nil {
		return 0, err
	}
	return id, t.change(`INSERT INTO job_specs (job, spec) VALUES ($1, $2)`, id, encoded)
}

func (t *tx) SetJobState(id fallow.JobID, state fallow.JobState, reason string, now time.Time) error {
	j, err := t.jobRow(id)
	if err != nil {
		return err
	}
	if j.State.Final() {
		return fallow.Errorf(fallow.CodeConflict, "job %s is already %s and cannot become %s", id, j.State, state)
	}
	j.State, j.Reason = state, reason
	if state.Final() {
		j.Finished = now.UTC()
	}
	return t.change(`UPDATE jobs SET state = $2, reason = $3, finished = $4 WHERE id = $1`, id, state, reason, nanos(j.Finished))
}

func (t *tx) SetJobResults(id fallow.JobID, results []fallow.FileRef) error {
	if _, err := t.jobRow(id); err != nil {
		return err
	}
	encoded, err := text(results)
	if err != nil {
		return err
	}
	return t.change(`INSERT INTO job_results (job, results) VALUES ($1, $2)
		ON CONFLICT (job) DO UPDATE SET results = excluded.results`, id, encoded)
}

func (t *tx) SetFailedNodes(id fallow.JobID, nodes []fallow.NodeID) error {
	j, err := t.jobRow(id)
	if err != nil {
		return err
	}
	j.FailedNodes = slices.Clone(nodes)
	encoded, err := text(nodes)
	if err != nil {
		return err
	}
	return t.change(`UPDATE jobs SET failed_nodes = $2 WHERE id = $1`, id, encoded)
}

func (t *tx) SetFailedSubjobs(id fallow.JobID, indexes []int64) error {
	j, err := t.jobRow(id)
	if err != nil {
		return err
	}
	j.FailedSubjobs = slices.Clone(indexes)
	encoded, err := text(indexes)
	if err != nil {
		return err
	}
	return t.change(`UPDATE jobs SET failed_subjobs = $2 WHERE id = $1`, id, encoded)
}

func (t *tx) SetRecent(id fallow.JobID, ends []store.NodeEnd) error {
	j, err := t.jobRow(id)
	if err != nil {
		return err
	}
	j.Recent = slices.Clone(ends)
	encoded, err := text(ends)
	if err != nil {
		return err
	}
	return t.change(`UPDATE jobs SET recent = $2 WHERE id = $1`, id, encoded)
}
