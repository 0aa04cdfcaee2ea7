package life

import (
	"context"
	"io"

	"fallow"
	"fallow/internal/jobs/collect"
	"fallow/internal/staging"
	"fallow/internal/store"
)

// sourcePage is how many subjobs are read from the store at a time. Each may have
// MaxResultFiles results.
const sourcePage = 100

// source reads the results of a job's subjobs in order of index, page by page.
type source struct {
	store store.Store
	files staging.Store
	job   fallow.JobID
	after int64
	page  []store.Subjob
}

// Next gives the next subjob's result files, [io.EOF] after the last.
func (s *source) Next(ctx context.Context) (collect.Result, error) {
	if len(s.page) == 0 {
		err := s.store.View(ctx, func(r store.Reader) (err error) {
			s.page, err = r.Subjobs(s.job, store.SubjobSucceeded, s.after, sourcePage)
			return err
		})
		if err != nil {
			return collect.Result{}, err
		}
		if len(s.page) == 0 {
			return collect.Result{}, io.EOF
		}
	}
	sub := s.page[0]
	s.page, s.after = s.page[1:], sub.ID.Index
	return collect.Result{Index: sub.ID.Index, Files: sub.Results}, nil
}

// Open opens a result file in the store.
func (s *source) Open(ctx context.Context, f fallow.FileRef) (io.ReadCloser, error) {
	file, err := s.files.Open(ctx, f.Digest)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(file, 0, file.Size()), file}, nil
}
