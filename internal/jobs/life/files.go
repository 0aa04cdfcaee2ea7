package life

import (
	"context"

	"fallow"
	"fallow/internal/jobs/split"
)

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
		return s.checkIndex(ctx, *sp.Slices)
	}
	for _, factor := range sp.Product {
		if err := s.checkIndexes(ctx, factor); err != nil {
			return err
		}
	}
	return nil
}

// checkIndex makes sure that an index has the slices that the job says, and that the
// files they are cut from are there: otherwise nodes would find out, one by one.
func (s *Submitter) checkIndex(ctx context.Context, slices fallow.SliceSplit) error {
	what := "index of the " + slices.Kind + " split"
	if err := s.checkFile(ctx, what, slices.Index); err != nil {
		return err
	}
	file, err := s.Files.Open(ctx, slices.Index.Digest)
	if err != nil {
		return err
	}
	defer file.Close()
	index, err := split.OpenIndex(file, file.Size())
	if err != nil {
		return fallow.Errorf(fallow.CodeOf(err), "%s: %w", what, err)
	}
	if n := index.Slices(); n != slices.Count {
		return fallow.Errorf(fallow.CodeInvalid, "%s has %d slices, the job says %d", what, n, slices.Count)
	}
	for source, err := range index.Sources() {
		if err != nil {
			return fallow.Errorf(fallow.CodeOf(err), "%s: %w", what, err)
		}
		if err := s.checkFile(ctx, "file of the "+slices.Kind+" split", source); err != nil {
			return err
		}
	}
	return ctx.Err()
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
