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

// Submitter turns specifications into jobs.
type Submitter struct {
	Store   store.Store
	Files   staging.Store
	Bundles Bundles
	Now     func() time.Time
}

// Submit checks a specification, which may come from anybody, and stores a running
// job. The same owner and key give the same job again, so that a submit whose
// answer got lost can be repeated.
func (s *Submitter) Submit(ctx context.Context, owner, key string, spec fallow.JobSpec) (fallow.JobID, int64, error) {
	if err := jobs.Validate(spec); err != nil {
		return 0, 0, err
	}
	if err := s.checkFiles(ctx, spec); err != nil {
		return 0, 0, err
	}
	total, err := split.Count(spec.Split)
	if err != nil {
		return 0, 0, err
	}
	id, err := s.create(ctx, owner, key, spec, total)
	if err != nil {
		return 0, 0, fmt.Errorf("store job %q: %w", spec.Name, err)
	}
	return id, total, nil
}

func (s *Submitter) create(ctx context.Context, owner, key string, spec fallow.JobSpec, total int64) (id fallow.JobID, err error) {
	err = s.Store.Update(ctx, func(tx store.Tx) error {
		id, err = tx.JobWithKey(owner, key)
		if fallow.CodeOf(err) != fallow.CodeNotFound {
			return err
		}
		if id, err = tx.CreateJob(owner, key, spec, total, s.Now()); err != nil {
			return err
		}
		return tx.Audit(store.AuditEntry{
			Time: s.Now(), Who: owner, What: "submit", Thing: "job " + id.String(),
			Detail: fmt.Sprintf("%s: %d subjobs of bundle %s", spec.Name, total, spec.Bundle),
		})
	})
	return id, err
}

// checkFiles makes sure that whatever the job names is in the store.
func (s *Submitter) checkFiles(ctx context.Context, spec fallow.JobSpec) error {
	if _, err := s.Bundles.Manifest(ctx, spec.Bundle); err != nil {
		return err
	}
	for _, in := range spec.Inputs {
		if err := s.checkFile(ctx, "input "+in.Name, in.FileRef); err != nil {
			return err
		}
	}
	return s.checkIndexes(ctx, spec.Split)
}

func (s *Submitter) checkIndexes(ctx context.Context, sp fallow.Split) error {
	if sp.Slices != nil {
		return s.checkFile(ctx, "index of the "+sp.Slices.Kind+" split", sp.Slices.Index)
	}
	for _, factor := range sp.Product {
		if err := s.checkIndexes(ctx, factor); err != nil {
			return err
		}
	}
	return nil
}

func (s *Submitter) checkFile(ctx context.Context, what string, f fallow.FileRef) error {
	size, err := s.Files.Stat(ctx, f.Digest)
	if err != nil {
		return fallow.Errorf(fallow.CodeOf(err), "%s: %w", what, err).WithHint("upload it before the job; 'fallow submit' does")
	}
	if size != f.Size {
		return fallow.Errorf(fallow.CodeInvalid, "%s has %d bytes, the job says %d", what, size, f.Size)
	}
	return nil
}
