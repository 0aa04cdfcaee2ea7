package dispatch

import (
	"context"
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
	maxWaiting    = 256 // subjobs waiting again looked at, per job
	maxExpired    = 256 // lost attempts concluded at a time
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

// Dispatcher leases subjobs to nodes and concludes their attempts.
type Dispatcher struct {
	store   store.Store
	bundles Bundles
	stopper Stopper
	now     func() time.Time

	asks       *batch.Group[ask, []Grant]
	reports    *batch.Group[Report, bool]
	heartbeats *batch.Group[Heartbeat, Pulse]
	waiters    waiters
	active     activeNodes
	finished   chan struct{} // capacity 1: a job may have all its subjobs ended
}

// New makes a Dispatcher; run [Dispatcher.Watch] beside it.
func New(s store.Store, bundles Bundles, stopper Stopper, now func() time.Time) *Dispatcher {
	d := &Dispatcher{store: s, bundles: bundles, stopper: stopper, now: now, finished: make(chan struct{}, 1)}
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

// watchEvery is how often lost attempts are looked for, and how late a subjob that
// waits for its back-off may be offered again.
const watchEvery = time.Second

// Watch concludes attempts whose lease ran out, until ctx ends.
func (d *Dispatcher) Watch(ctx context.Context) error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := d.expire(ctx); err != nil && ctx.Err() == nil {
				return err
			}
			d.waiters.wake(probes)
		}
	}
}
