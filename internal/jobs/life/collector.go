package life

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"fallow"
	"fallow/internal/jobs/collect"
	"fallow/internal/staging"
	"fallow/internal/store"
)

// Collector puts together the results of jobs whose subjobs have all ended.
type Collector struct {
	Store store.Store
	Files staging.Store
	Temp  string // folder for what is too large for memory
	Now   func() time.Time
	Log   *slog.Logger
}

// collectEvery bounds how long a job waits to be collected when a signal went
// missing, as after a restart.
const collectEvery = 5 * time.Second

// Run collects jobs until ctx ends. Each signal says that there may be one.
func (c *Collector) Run(ctx context.Context, signal <-chan struct{}) error {
	ticker := time.NewTicker(collectEvery)
	defer ticker.Stop()
	for {
		if err := c.collectAll(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-signal:
		case <-ticker.C:
		}
	}
}

// collectAll collects one job after the other until none waits.
func (c *Collector) collectAll(ctx context.Context) error {
	for {
		var waiting []store.Job
		err := c.Store.View(ctx, func(r store.Reader) (err error) {
			waiting, err = r.JobsInState(fallow.JobCollecting, 1)
			return err
		})
		if err != nil || len(waiting) == 0 {
			return err
		}
		if err := c.finish(ctx, waiting[0]); err != nil {
			return err
		}
	}
}

// finish gives a job its final state. What cannot be collected fails the job with
// the reason; only a broken store or the end of ctx stops the collector.
func (c *Collector) finish(ctx context.Context, job store.Job) error {
	state, reason := fallow.JobSucceeded, ""
	var results []fallow.FileRef
	if n := job.Counts.Failed; n > 0 {
		state, reason = fallow.JobFailed, failedReason(job)
	} else {
		var err error
		if results, err = c.collect(ctx, job); err != nil {
			if ctx.Err() != nil {
				return err
			}
			state, reason = fallow.JobFailed, fmt.Sprintf("its results could not be collected: %v", err)
		}
	}
	c.Log.Info("job finished", "job", job.ID, "state", state, "reason", reason)
	return c.Store.Update(ctx, func(tx store.Tx) error {
		if err := tx.SetJobResults(job.ID, results); err != nil {
			return err
		}
		return tx.SetJobState(job.ID, state, reason, c.Now())
	})
}

func failedReason(job store.Job) string {
	reason := fmt.Sprintf("%d of %d subjobs failed", job.Counts.Failed, job.Counts.Total)
	if job.Reason != "" {
		reason += "; " + job.Reason
	}
	return reason
}

// collect runs the job's collector in a folder of its own.
func (c *Collector) collect(ctx context.Context, job store.Job) ([]fallow.FileRef, error) {
	dir, err := os.MkdirTemp(c.Temp, "collect-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := &outputs{dir: dir}
	source := &source{store: c.Store, files: c.Files, job: job.ID, after: -1}
	if _, err := collect.Run(ctx, job.Spec.Collect, source, out.create, collect.Options{TempDir: dir}); err != nil {
		return nil, err
	}
	return out.keep(ctx, c.Files)
}

// source reads the results of a job's subjobs in order of index, page by page.
type source struct {
	store store.Store
	files staging.Store
	job   fallow.JobID
	after int64
	page  []store.Subjob
}

// sourcePage is how many subjobs are read from the store at a time.
const sourcePage = 500

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
