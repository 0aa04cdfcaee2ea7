package dispatch

import (
	"context"
	"log/slog"
	"time"

	"fallow"
	"fallow/internal/server/batch"
	"fallow/internal/store"
)

// The limits of a round.
const (
	maxAsks       = 256 // nodes served by one transaction
	maxReports    = 256 // outcomes stored by one transaction
	maxHeartbeats = 512 // nodes renewed by one transaction
	maxCandidates = 64  // jobs looked at in one round
	maxPages      = 8   // pages of jobs looked at, if nodes have room left
	maxWaiting    = 256 // subjobs waiting again looked at, per job
	maxExpired    = 256 // lost attempts concluded by one transaction
	maxStopped    = 512 // attempts of a cancelled job ended at a time
)

// Bundles finds a registered bundle's manifest.
type Bundles interface {
	Manifest(ctx context.Context, digest fallow.Digest) (fallow.Manifest, error)
}

// Stopper tells nodes at once to end attempts; what it misses they learn by
// heartbeat.
type Stopper interface {
	Stop(node fallow.NodeID, attempt fallow.AttemptID)
}

// Parts are what a [Dispatcher] works with; all are required.
type Parts struct {
	Store   store.Store
	Bundles Bundles
	Stopper Stopper
	Now     func() time.Time
	Log     *slog.Logger
}

// Dispatcher leases subjobs to nodes and concludes their attempts.
type Dispatcher struct {
	Parts
	began time.Time // before it, nodes could not speak to this server

	asks       *batch.Group[ask, []Grant]
	reports    *batch.Group[Report, bool]
	heartbeats *batch.Group[Heartbeat, Pulse]
	waiters    waiters
	active     activeNodes
	finished   chan struct{} // capacity 1: a job may have all its subjobs ended
}

// New makes a Dispatcher; run [Dispatcher.Watch] beside it.
func New(p Parts) *Dispatcher {
	d := &Dispatcher{Parts: p, began: p.Now(), finished: make(chan struct{}, 1)}
	d.asks = batch.New(maxAsks, d.leaseRound)
	d.reports = batch.New(maxReports, d.reportRound)
	d.heartbeats = batch.New(maxHeartbeats, d.heartbeatRound)
	return d
}

// Finished is sent to whenever a job may wait for its result to be collected.
func (d *Dispatcher) Finished() <-chan struct{} { return d.finished }

func (d *Dispatcher) signalFinished() {
	select {
	case d.finished <- struct{}{}:
	default:
	}
}

// effects are what must be done once a transaction is durable.
type effects struct {
	stop     []store.Lease // attempts no longer wanted
	offered  bool          // a subjob waits again
	finished bool          // a job may wait to be collected
}

func (d *Dispatcher) carryOut(e effects) {
	for _, s := range e.stop {
		d.Stopper.Stop(s.Node, s.Attempt)
	}
	if e.offered {
		d.waiters.wake(probes)
	}
	if e.finished {
		d.signalFinished()
	}
}

// blamed makes an error that came from one request of a batch that request's own, so
// that no node can spoil the calls of others. Errors of the store itself stay
// everybody's.
func blamed(request int, err error) error {
	switch fallow.CodeOf(err) {
	case fallow.CodeInvalid, fallow.CodeNotFound, fallow.CodeConflict:
		return &batch.Fault{Request: request, Err: err}
	}
	return err
}
