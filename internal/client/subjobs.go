package client

import (
	"context"
	"iter"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

// Subjob is a subjob that was leased at least once.
type Subjob struct {
	ID       fallow.SubjobID
	State    string // waiting, running, succeeded, failed or cancelled
	Attempts int
	Reason   string           // why it failed or waits again
	Results  []fallow.FileRef // once it succeeded
}

// Attempt is an attempt and the name people call its node by.
type Attempt struct {
	fallow.Attempt
	NodeName string
}

// Subjobs lists the subjobs of a job that were ever leased, in order of index;
// state "" means all.
func (c *Client) Subjobs(ctx context.Context, job fallow.JobID, state string) iter.Seq2[Subjob, error] {
	after := int64(-1)
	return pages(func() ([]*fallowv1.Subjob, error) {
		subjobs, err := c.subjobPage(ctx, job, state, after, pageSize)
		if len(subjobs) > 0 {
			after = subjobs[len(subjobs)-1].GetId().GetIndex()
		}
		return subjobs, err
	}, fromSubjob)
}

// Subjob gives one subjob. One that was never leased is an error of code
// [fallow.CodeNotFound], and so is one that does not exist.
func (c *Client) Subjob(ctx context.Context, id fallow.SubjobID) (Subjob, error) {
	page, err := c.subjobPage(ctx, id.Job, "", id.Index-1, 1)
	if err != nil {
		return Subjob{}, err
	}
	if len(page) == 0 || page[0].GetId().GetIndex() != id.Index {
		return Subjob{}, fallow.Errorf(fallow.CodeNotFound, "subjob %s was not given to a node yet", id).
			WithHint("'fallow explain %s' says what it waits for", id)
	}
	return fromSubjob(page[0])
}

func (c *Client) subjobPage(ctx context.Context, job fallow.JobID, state string, after int64, limit int32) ([]*fallowv1.Subjob, error) {
	res, err := c.jobs.ListSubjobs(ctx, connect.NewRequest(&fallowv1.ListSubjobsRequest{
		Job: int64(job), State: state, After: after, Limit: limit,
	}))
	if err != nil {
		return nil, err
	}
	return res.Msg.GetSubjobs(), nil
}

func fromSubjob(s *fallowv1.Subjob) (Subjob, error) {
	id, err := rpc.FromSubjobID(s.GetId())
	if err != nil {
		return Subjob{}, err
	}
	results, err := rpc.FromFileRefs(s.GetResults())
	return Subjob{
		ID: id, State: s.GetState(), Attempts: int(s.GetAttempts()), Reason: s.GetReason(), Results: results,
	}, err
}

// Attempts lists the attempts of a subjob in order of number.
func (c *Client) Attempts(ctx context.Context, id fallow.SubjobID) ([]Attempt, error) {
	res, err := c.jobs.ListAttempts(ctx, connect.NewRequest(&fallowv1.ListAttemptsRequest{Subjob: rpc.ToSubjobID(id)}))
	if err != nil {
		return nil, err
	}
	var attempts []Attempt
	for _, wire := range res.Msg.GetAttempts() {
		attempt, name, err := rpc.FromAttempt(wire)
		if err != nil {
			return nil, err
		}
		attempts = append(attempts, Attempt{Attempt: attempt, NodeName: name})
	}
	return attempts, nil
}
