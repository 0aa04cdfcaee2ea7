package life

import (
	"context"
	"fmt"
	"time"

	"fallow"
	"fallow/internal/jobs"
	"fallow/internal/jobs/split"
	"fallow/internal/staging"
	"fallow/internal/store"
)

// Bundles finds a registered bundle's manifest.
type Bundles interface {
	Manifest(ctx context.Context, digest fallow.Digest) (fallow.Manifest, error)
}

// Submitter turns specifications into jobs. All fields are required.
type Submitter struct {
	Store   store.Store
	Files   staging.Store
	Bundles Bundles
	Now     func() time.Time
}

// Submit checks a specification, which may come from anybody, and stores a running
// job of some subjobs. The same owner and key give the same job again, whatever
// the specification, so that a submit whose answer got lost can be repeated.
func (s *Submitter) Submit(ctx context.Context, owner, key string, spec fallow.JobSpec) (id fallow.JobID, subjobs int64, err error) {
	if err := jobs.Validate(spec); err != nil {
		return 0, 0, err
	}
	total, err := split.Count(spec.Split)
	if err != nil {
		return 0, 0, err
	}
	if err := s.checkFiles(ctx, spec); err != nil {
		return 0, 0, err
	}
	job, err := s.create(ctx, owner, key, spec, total)
	if err != nil {
		return 0, 0, fmt.Errorf("store job %q: %w", spec.Name, err)
	}
	return job.ID, job.Counts.Total, nil
}

func (s *Submitter) create(ctx context.Context, owner, key string, spec fallow.JobSpec, total int64) (job store.Job, err error) {
	err = s.Store.Update(ctx, func(tx store.Tx) error {
		id, err := tx.JobWithKey(owner, key)
		if fallow.CodeOf(err) == fallow.CodeNotFound {
			id, err = s.createNew(tx, owner, key, spec, total)
		}
		if err != nil {
			return err
		}
		job, err = tx.Job(id)
		return err
	})
	return job, err
}

func (s *Submitter) createNew(tx store.Tx, owner, key string, spec fallow.JobSpec, total int64) (fallow.JobID, error) {
	id, err := tx.CreateJob(owner, key, spec, total, s.Now())
	if err != nil {
		return 0, err
	}
	return id, tx.Audit(store.AuditEntry{
		Time: s.Now(), Who: owner, What: "submit", Thing: "job " + id.String(),
		Detail: fmt.Sprintf("%s: %d subjobs of bundle %s", spec.Name, total, spec.Bundle),
	})
}
