package server

import (
	"context"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/nodes/verify"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/server/dispatch"
)

// The limits of what a node may ask in one call.
const (
	maxLeaseWait  = 30 * time.Second
	maxLeaseCount = 256
	maxRunning    = 4096 // attempts named in one heartbeat
	maxReported   = 256  // outcomes in one report
)

// nodeService answers agents. Which node calls was checked by its signature.
type nodeService struct{ *Server }

// caller is the node whose signature let the request through.
func caller(ctx context.Context) fallow.NodeID {
	node, _ := verify.NodeFrom(ctx)
	return node
}

// Lease implements the service.
func (s nodeService) Lease(ctx context.Context, r *connect.Request[fallowv1.LeaseRequest]) (*connect.Response[fallowv1.LeaseResponse], error) {
	free, err := rpc.FromResources(r.Msg.Free)
	if err != nil {
		return nil, err
	}
	wait := min(max(time.Duration(r.Msg.Wait), 0), maxLeaseWait)
	count := min(max(int(r.Msg.Max), 0), maxLeaseCount)
	grants, err := s.dispatcher.Lease(ctx, caller(ctx), free, count, wait)
	if err != nil {
		return nil, err
	}
	orders, err := s.describe(ctx, grants)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&fallowv1.LeaseResponse{Orders: orders}), nil
}

// Heartbeat implements the service.
func (s nodeService) Heartbeat(ctx context.Context, r *connect.Request[fallowv1.HeartbeatRequest]) (*connect.Response[fallowv1.HeartbeatResponse], error) {
	if len(r.Msg.Running) > maxRunning {
		return nil, fallow.Errorf(fallow.CodeLimit, "heartbeat names %d attempts, more than %d", len(r.Msg.Running), maxRunning)
	}
	running, err := rpc.FromAttemptIDs(r.Msg.Running)
	if err != nil {
		return nil, err
	}
	beat := dispatch.Heartbeat{Node: caller(ctx), Running: running, Restarted: r.Msg.Restarted}
	if r.Msg.Inventory != nil {
		inventory, err := rpc.FromInventory(r.Msg.Inventory)
		if err != nil {
			return nil, err
		}
		beat.Inventory = &inventory
	}
	pulse, err := s.dispatcher.Heartbeat(ctx, beat)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&fallowv1.HeartbeatResponse{
		Stop:  rpc.ToAttemptIDs(pulse.Stop),
		State: string(pulse.State),
	}), nil
}

// Report implements the service.
func (s nodeService) Report(ctx context.Context, r *connect.Request[fallowv1.ReportRequest]) (*connect.Response[fallowv1.ReportResponse], error) {
	if len(r.Msg.Reports) > maxReported {
		return nil, fallow.Errorf(fallow.CodeLimit, "%d outcomes in one report, more than %d", len(r.Msg.Reports), maxReported)
	}
	response := &fallowv1.ReportResponse{}
	for _, m := range r.Msg.Reports {
		report, err := s.report(ctx, m)
		if err != nil {
			return nil, err
		}
		counted, err := s.dispatcher.Report(ctx, report)
		if err != nil {
			return nil, err
		}
		response.Counted = append(response.Counted, counted)
	}
	return connect.NewResponse(response), nil
}

// report reads an outcome and makes sure that the files it names have arrived.
func (s nodeService) report(ctx context.Context, m *fallowv1.Report) (dispatch.Report, error) {
	id, err := rpc.FromAttemptID(m.Attempt)
	if err != nil {
		return dispatch.Report{}, err
	}
	outcome, err := rpc.FromOutcome(m.Outcome)
	if err != nil {
		return dispatch.Report{}, err
	}
	for _, f := range outcome.Results {
		size, err := s.files.Stat(ctx, f.Digest)
		if err != nil || size != f.Size {
			return dispatch.Report{}, fallow.Errorf(fallow.CodeConflict, "attempt %s: result %q has not arrived whole", id, f.Path).
				WithHint("upload the result files before reporting the outcome")
		}
	}
	return dispatch.Report{Node: caller(ctx), Attempt: id, Outcome: outcome}, nil
}

// Watch implements the service.
func (s nodeService) Watch(ctx context.Context, _ *connect.Request[fallowv1.WatchRequest], down *connect.ServerStream[fallowv1.WatchResponse]) error {
	node := caller(ctx)
	stops := s.streams.join(node)
	defer s.streams.leave(node, stops)
	end := time.NewTimer(fallow.MaxStreamAge)
	defer end.Stop()
	if err := down.Send(&fallowv1.WatchResponse{}); err != nil { // tells a proxy to pass the header on
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-end.C:
			return nil
		case id := <-stops:
			if err := down.Send(&fallowv1.WatchResponse{Stop: rpc.ToAttemptIDs([]fallow.AttemptID{id})}); err != nil {
				return err
			}
		}
	}
}
