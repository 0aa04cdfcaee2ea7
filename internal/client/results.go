package client

import (
	"context"
	"iter"
	"path"
	"strconv"

	"fallow"
)

// Results lists the files that came out of a job that ended: the collected ones, or,
// for a job whose collector keeps files apart, those of [Client.SubjobResults]. That
// a job goes on, or has nothing collected because it did not succeed, is an error of
// code [fallow.CodeConflict].
func (c *Client) Results(ctx context.Context, job fallow.Job) (iter.Seq2[fallow.FileRef, error], error) {
	switch {
	case !job.State.Final():
		return nil, unfinished(job)
	case keepsFiles(job.Spec.Collect):
		return c.SubjobResults(ctx, job.ID), nil
	case job.State != fallow.JobSucceeded:
		return nil, uncollected(job)
	}
	return func(yield func(fallow.FileRef, error) bool) {
		for _, f := range job.Results {
			if !yield(f, nil) {
				return
			}
		}
	}, nil
}

// unfinished says how to go on with a job that has not ended.
func unfinished(job fallow.Job) error {
	err := fallow.Errorf(fallow.CodeConflict, "job %s is %s and has no result yet", job.ID, job.State)
	if job.State == fallow.JobHeld {
		return err.WithHint("'fallow explain %s' says why; 'fallow release %s' lets it go on", job.ID, job.ID)
	}
	return err.WithHint("follow it with 'fallow watch %s'; 'fallow results %s --subjobs' fetches what subjobs have finished", job.ID, job.ID)
}

// uncollected says why there is no collected result, and what there is.
func uncollected(job fallow.Job) error {
	reason := ""
	if job.Reason != "" {
		reason = ": " + job.Reason
	}
	err := fallow.Errorf(fallow.CodeConflict, "job %s ended as %s and has no collected result%s", job.ID, job.State, reason)
	if job.Counts.Succeeded == 0 {
		return err.WithHint("'fallow explain %s' says what became of its subjobs", job.ID)
	}
	return err.WithHint("'fallow results %s --subjobs' fetches the files of the subjobs that succeeded (%d of %d)",
		job.ID, job.Counts.Succeeded, job.Counts.Total)
}

// SubjobResults lists the files of each subjob that succeeded so far as INDEX/NAME,
// whatever becomes of them in the end.
func (c *Client) SubjobResults(ctx context.Context, job fallow.JobID) iter.Seq2[fallow.FileRef, error] {
	return func(yield func(fallow.FileRef, error) bool) {
		for subjob, err := range c.Subjobs(ctx, job, "succeeded") {
			if err != nil {
				yield(fallow.FileRef{}, err)
				return
			}
			for _, f := range subjob.Results {
				f.Path = path.Join(strconv.FormatInt(subjob.ID.Index, 10), f.Path)
				if !yield(f, nil) {
					return
				}
			}
		}
	}
}

// keepsFiles tells whether a collector leaves each subjob's files as they are.
func keepsFiles(c fallow.Collect) bool {
	return c.Concat == nil && c.Table == nil && c.Stats == nil
}
