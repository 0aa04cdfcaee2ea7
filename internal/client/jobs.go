package client

import (
	"context"
	"iter"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

// pageSize is how many things of a list are asked for at once.
const pageSize = 500

// JobFilter chooses jobs for a list.
type JobFilter struct {
	AllOwners  bool // everyone's, for operators
	Unfinished bool // leave out jobs in a final state
}

// Jobs lists jobs, latest first. Of their specification only name and priority are
// known.
func (c *Client) Jobs(ctx context.Context, filter JobFilter) iter.Seq2[fallow.Job, error] {
	before := int64(0)
	return pages(func() ([]*fallowv1.Job, error) {
		res, err := c.jobs.ListJobs(ctx, connect.NewRequest(&fallowv1.ListJobsRequest{
			AllOwners: filter.AllOwners, UnfinishedOnly: filter.Unfinished, Before: before, Limit: pageSize,
		}))
		if err != nil {
			return nil, err
		}
		jobs := res.Msg.GetJobs()
		if len(jobs) > 0 {
			before = jobs[len(jobs)-1].GetId()
		}
		return jobs, nil
	}, rpc.FromJob)
}

// Job gives one job completely.
func (c *Client) Job(ctx context.Context, id fallow.JobID) (fallow.Job, error) {
	res, err := c.jobs.GetJob(ctx, connect.NewRequest(&fallowv1.GetJobRequest{Job: int64(id)}))
	if err != nil {
		return fallow.Job{}, err
	}
	return rpc.FromJob(res.Msg.GetJob())
}

// Cancel ends a job; what runs is stopped.
func (c *Client) Cancel(ctx context.Context, id fallow.JobID) error {
	_, err := c.jobs.Cancel(ctx, connect.NewRequest(&fallowv1.CancelRequest{Job: int64(id)}))
	return err
}

// Release lets a held job run again.
func (c *Client) Release(ctx context.Context, id fallow.JobID) error {
	_, err := c.jobs.Release(ctx, connect.NewRequest(&fallowv1.ReleaseRequest{Job: int64(id)}))
	return err
}

// Explanation says why a job or subjob is where it is.
type Explanation struct {
	Summary string
	Details []string
}

// ExplainJob asks about a job as a whole.
func (c *Client) ExplainJob(ctx context.Context, id fallow.JobID) (Explanation, error) {
	return c.explain(ctx, int64(id), -1)
}

// ExplainSubjob asks about one subjob.
func (c *Client) ExplainSubjob(ctx context.Context, id fallow.SubjobID) (Explanation, error) {
	return c.explain(ctx, int64(id.Job), id.Index)
}

func (c *Client) explain(ctx context.Context, job, index int64) (Explanation, error) {
	res, err := c.jobs.Explain(ctx, connect.NewRequest(&fallowv1.ExplainRequest{Job: job, Index: index}))
	if err != nil {
		return Explanation{}, err
	}
	return Explanation{Summary: res.Msg.GetSummary(), Details: res.Msg.GetDetails()}, nil
}
