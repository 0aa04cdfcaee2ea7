package life

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"fallow"
	"fallow/internal/jobs/collect"
	"fallow/internal/staging"
	"fallow/internal/store"
)

// Collector puts together the results of jobs whose subjobs have all ended. All
// fields are required.
type Collector struct {
	Store store.Store
	Files staging.Store
	Temp  string // folder for what is too large for memory
	Now   func() time.Time
	Log   *slog.Logger

	later postponed
}

// collectEvery bounds how long a job waits to be collected when a signal went
// missing, as after a restart.
const collectEvery = 5 * time.Second

// Run collects jobs until ctx ends or the store fails. Each signal says that there
// may be one.
func (c *Collector) Run(ctx context.Context, signal <-chan struct{}) error {
	ticker := time.NewTicker(collectEvery)
	defer ticker.Stop()
	for {
		if err := c.collectAll(ctx); err != nil {
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

// collectAll collects one job after the other until none is due.
func (c *Collector) collectAll(ctx context.Context) error {
	for {
		job, ok, err := c.due(ctx)
		if err != nil || !ok {
			return err
		}
		if err := c.finish(ctx, job); err != nil {
			return err
		}
	}
}

// due finds the oldest job that waits to be collected and was not postponed.
func (c *Collector) due(ctx context.Context) (due store.Job, ok bool, err error) {
	var waiting []store.Job
	limit := 1 + c.later.count()
	err = c.Store.View(ctx, func(r store.Reader) (err error) {
		waiting, err = r.JobsInState(fallow.JobCollecting, limit)
		return err
	})
	if err != nil {
		return store.Job{}, false, err
	}
	if len(waiting) < limit {
		c.later.keepOnly(waiting) // these are all there are
	}
	for _, job := range waiting {
		if c.later.due(job.ID, c.Now()) {
			return job, true, nil
		}
	}
	return store.Job{}, false, nil
}

// finish gives a job its final state, or postpones it. What cannot be collected
// fails the job with the reason; only a broken store or the end of ctx stops the
// collector.
func (c *Collector) finish(ctx context.Context, job store.Job) error {
	if n := job.Counts.Failed; n > 0 {
		return c.move(ctx, job.ID, fallow.JobFailed, failedReason(job), nil)
	}
	results, err := c.collect(ctx, job)
	switch {
	case err == nil:
		return c.move(ctx, job.ID, fallow.JobSucceeded, "", results)
	case ctx.Err() != nil:
		return ctx.Err()
	case fallow.MayPass(err) && c.later.postpone(job.ID, c.Now()):
		c.Log.Error("results could not be collected; they are tried again", "job", job.ID, "error", err)
		return c.move(ctx, job.ID, fallow.JobCollecting, fmt.Sprintf("its results could not be collected yet, and are tried again: %v", err), nil)
	}
	return c.move(ctx, job.ID, fallow.JobFailed, fmt.Sprintf("its results could not be collected: %v", err), nil)
}

// move takes a job to a state, unless it was cancelled meanwhile.
func (c *Collector) move(ctx context.Context, id fallow.JobID, to fallow.JobState, reason string, results []fallow.FileRef) error {
	err := c.Store.Update(ctx, func(tx store.Tx) error {
		job, err := tx.Job(id)
		if err != nil || job.State != fallow.JobCollecting {
			return err
		}
		if err := tx.SetJobResults(id, results); err != nil {
			return err
		}
		return tx.SetJobState(id, to, reason, c.Now())
	})
	if err != nil {
		return fmt.Errorf("move job %s to %s: %w", id, to, err)
	}
	if to.Final() {
		c.Log.Info("job finished", "job", id, "state", to, "reason", reason)
	}
	return nil
}

func failedReason(job store.Job) string {
	reason := fmt.Sprintf("%d failed of %d subjobs", job.Counts.Failed, job.Counts.Total)
	if job.Reason != "" {
		reason += "; " + job.Reason
	}
	return reason
}

// collect runs the job's collector in a folder of its own. A job whose files are
// kept apart has nothing to put together: the subjobs' results are its result.
func (c *Collector) collect(ctx context.Context, job store.Job) ([]fallow.FileRef, error) {
	if keepsFiles(job.Spec.Collect) {
		return nil, nil
	}
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

func keepsFiles(c fallow.Collect) bool {
	return c.Concat == nil && c.Table == nil && c.Stats == nil
}
