package client

import (
	"context"
	"iter"
	"path"
	"strconv"

	"fallow"
)

// Results lists the files that came out of a job: the collected ones, or, for a job
// whose collector keeps files apart, those of each subjob that succeeded so far as
// INDEX/NAME. A job without results yet is an error of code [fallow.CodeConflict].
func (c *Client) Results(ctx context.Context, job fallow.Job) (iter.Seq2[fallow.FileRef, error], error) {
	if keepsFiles(job.Spec.Collect) {
		return c.subjobResults(ctx, job.ID), nil
	}
	if job.State != fallow.JobSucceeded {
		return nil, fallow.Errorf(fallow.CodeConflict, "job %s is %s and has no collected result", job.ID, job.State).
			WithHint("'fallow watch %s' follows it to its end; 'fallow explain %s' says where it stands", job.ID, job.ID)
	}
	return func(yield func(fallow.FileRef, error) bool) {
		for _, f := range job.Results {
			if !yield(f, nil) {
				return
			}
		}
	}, nil
}

func (c *Client) subjobResults(ctx context.Context, job fallow.JobID) iter.Seq2[fallow.FileRef, error] {
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
