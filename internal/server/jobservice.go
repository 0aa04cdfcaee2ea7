package server

import (
	"context"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/store"
)

// The limits of what a user may ask in one call.
const (
	maxDigests = 50_000 // in one question for missing files
	maxPage    = 1000   // rows in one answer
	maxKey     = 64     // bytes of a submit's key
)

// jobService answers users about jobs.
type jobService struct{ *Server }

// WhoAmI implements the service.
func (s jobService) WhoAmI(ctx context.Context, _ *connect.Request[fallowv1.WhoAmIRequest]) (*connect.Response[fallowv1.WhoAmIResponse], error) {
	user := userFrom(ctx)
	return connect.NewResponse(&fallowv1.WhoAmIResponse{
		User: user.Name, Role: string(user.Role), ServerVersion: s.config.Version,
	}), nil
}

// Missing implements the service.
func (s jobService) Missing(ctx context.Context, r *connect.Request[fallowv1.MissingRequest]) (*connect.Response[fallowv1.MissingResponse], error) {
	if len(r.Msg.Digests) > maxDigests {
		return nil, fallow.Errorf(fallow.CodeLimit, "asked for %d files at once, more than %d", len(r.Msg.Digests), maxDigests)
	}
	digests, err := rpc.FromDigests(r.Msg.Digests)
	if err != nil {
		return nil, err
	}
	var missing []fallow.Digest
	for _, d := range digests {
		switch _, err := s.files.Stat(ctx, d); {
		case fallow.CodeOf(err) == fallow.CodeNotFound:
			missing = append(missing, d)
		case err != nil:
			return nil, err
		}
	}
	return connect.NewResponse(&fallowv1.MissingResponse{Digests: rpc.ToDigests(missing)}), nil
}

// Submit implements the service.
func (s jobService) Submit(ctx context.Context, r *connect.Request[fallowv1.SubmitRequest]) (*connect.Response[fallowv1.SubmitResponse], error) {
	if r.Msg.Key == "" || len(r.Msg.Key) > maxKey {
		return nil, fallow.Errorf(fallow.CodeInvalid, "a submit needs a key of 1 to %d bytes, chosen at random", maxKey)
	}
	spec, err := rpc.FromSpec(r.Msg.Spec)
	if err != nil {
		return nil, err
	}
	id, total, err := s.submitter.Submit(ctx, userFrom(ctx).Name, r.Msg.Key, spec)
	if err != nil {
		return nil, err
	}
	s.dispatcher.Offer()
	return connect.NewResponse(&fallowv1.SubmitResponse{Job: int64(id), Subjobs: total}), nil
}

// ListJobs implements the service.
func (s jobService) ListJobs(ctx context.Context, r *connect.Request[fallowv1.ListJobsRequest]) (*connect.Response[fallowv1.ListJobsResponse], error) {
	filter := store.JobFilter{
		Owner:      userFrom(ctx).Name,
		Unfinished: r.Msg.UnfinishedOnly,
		Before:     fallow.JobID(r.Msg.Before),
		Limit:      page(r.Msg.Limit),
	}
	if r.Msg.AllOwners {
		if err := need(ctx, store.Operator); err != nil {
			return nil, err
		}
		filter.Owner = ""
	}
	response := &fallowv1.ListJobsResponse{}
	err := s.store.View(ctx, func(v store.Reader) error {
		jobs, err := v.Jobs(filter)
		response.Jobs = nil
		for _, j := range jobs {
			response.Jobs = append(response.Jobs, rpc.ToJobLine(j))
		}
		return err
	})
	return connect.NewResponse(response), err
}

// page is the number of rows to give when asked for n.
func page(n int32) int {
	if n <= 0 || n > maxPage {
		return maxPage
	}
	return int(n)
}

// job finds a job that the caller may see.
func (s jobService) job(ctx context.Context, v store.Reader, id int64) (store.Job, error) {
	jobID, err := rpc.FromJobID(id)
	if err != nil {
		return store.Job{}, err
	}
	job, err := v.Job(jobID)
	if err != nil {
		return job, err
	}
	return job, owned(ctx, jobID, job.Owner)
}

// GetJob implements the service.
func (s jobService) GetJob(ctx context.Context, r *connect.Request[fallowv1.GetJobRequest]) (*connect.Response[fallowv1.GetJobResponse], error) {
	var found store.Job
	err := s.store.View(ctx, func(v store.Reader) (err error) {
		found, err = s.job(ctx, v, r.Msg.Job)
		return err
	})
	if err != nil {
		return nil, err
	}
	job, err := rpc.ToJob(found.Job)
	return connect.NewResponse(&fallowv1.GetJobResponse{Job: job}), err
}

// Cancel implements the service.
func (s jobService) Cancel(ctx context.Context, r *connect.Request[fallowv1.CancelRequest]) (*connect.Response[fallowv1.CancelResponse], error) {
	id, err := s.visible(ctx, r.Msg.Job)
	if err != nil {
		return nil, err
	}
	err = s.dispatcher.Cancel(ctx, id, userFrom(ctx).Name)
	return connect.NewResponse(&fallowv1.CancelResponse{}), err
}

// Release implements the service.
func (s jobService) Release(ctx context.Context, r *connect.Request[fallowv1.ReleaseRequest]) (*connect.Response[fallowv1.ReleaseResponse], error) {
	id, err := s.visible(ctx, r.Msg.Job)
	if err != nil {
		return nil, err
	}
	err = s.dispatcher.Release(ctx, id, userFrom(ctx).Name)
	return connect.NewResponse(&fallowv1.ReleaseResponse{}), err
}

// visible gives the number of a job that the caller may see.
func (s jobService) visible(ctx context.Context, id int64) (fallow.JobID, error) {
	err := s.store.View(ctx, func(v store.Reader) error {
		_, err := s.job(ctx, v, id)
		return err
	})
	return fallow.JobID(id), err
}
