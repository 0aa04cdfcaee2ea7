package server

import (
	"context"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/store"
)

// ListSubjobs implements the service.
func (s jobService) ListSubjobs(ctx context.Context, r *connect.Request[fallowv1.ListSubjobsRequest]) (*connect.Response[fallowv1.ListSubjobsResponse], error) {
	response := &fallowv1.ListSubjobsResponse{}
	err := s.store.View(ctx, func(v store.Reader) error {
		job, err := s.job(ctx, v, r.Msg.Job)
		if err != nil {
			return err
		}
		subjobs, err := v.Subjobs(job.ID, store.SubjobState(r.Msg.State), r.Msg.After, page(r.Msg.Limit))
		response.Subjobs = nil
		for _, sub := range fitting(subjobs) {
			response.Subjobs = append(response.Subjobs, &fallowv1.Subjob{
				Id:       rpc.ToSubjobID(sub.ID),
				State:    string(sub.State),
				Attempts: int32(sub.Attempts),
				Reason:   sub.Reason,
				Results:  rpc.ToFileRefs(sub.Results),
			})
		}
		return err
	})
	return connect.NewResponse(response), err
}

// maxPageFiles bounds the result files of one page: that many fit into a message
// with their names, and a subjob alone has no more.
const maxPageFiles = fallow.MaxResultFiles

// fitting cuts a page so that its result files fit into one message; the next page
// goes on from there. A page of one is never cut.
func fitting(subjobs []store.Subjob) []store.Subjob {
	files := 0
	for i, sub := range subjobs {
		if files += len(sub.Results); files > maxPageFiles && i > 0 {
			return subjobs[:i]
		}
	}
	return subjobs
}

// ListAttempts implements the service.
func (s jobService) ListAttempts(ctx context.Context, r *connect.Request[fallowv1.ListAttemptsRequest]) (*connect.Response[fallowv1.ListAttemptsResponse], error) {
	id, err := rpc.FromSubjobID(r.Msg.Subjob)
	if err != nil {
		return nil, err
	}
	response := &fallowv1.ListAttemptsResponse{}
	err = s.store.View(ctx, func(v store.Reader) error {
		if _, err := s.job(ctx, v, int64(id.Job)); err != nil {
			return err
		}
		attempts, err := v.Attempts(id)
		if err != nil {
			return err
		}
		response.Attempts, err = withOutput(v, attempts)
		return err
	})
	return connect.NewResponse(response), err
}

// maxOutputs is how many attempts, the latest, are listed with the end of their
// output: all of them might not fit into one message.
const maxOutputs = 100

// withOutput adds to a list of attempts what the store leaves out of lists.
func withOutput(v store.Reader, attempts []fallow.Attempt) ([]*fallowv1.Attempt, error) {
	var list []*fallowv1.Attempt
	for i, a := range attempts {
		if i >= len(attempts)-maxOutputs {
			var err error
			if a, err = v.Attempt(a.ID); err != nil {
				return nil, err
			}
		}
		list = append(list, rpc.ToAttempt(a, nodeName(v, a.Node)))
	}
	return list, nil
}

// nodeName is a node's host name, for people; "" for a node that is not known any
// more.
func nodeName(v store.Reader, id fallow.NodeID) string {
	node, err := v.Node(id)
	if err != nil {
		return ""
	}
	return node.Name
}
