package dispatch

import (
	"context"
	"time"

	"fallow"
	"fallow/internal/scheduler"
	"fallow/internal/store"
)

// Grant is an attempt leased to the node that asked, with the job it is of.
type Grant struct {
	Attempt fallow.AttemptID
	Job     fallow.Job
}

type ask struct {
	node  fallow.NodeID
	free  fallow.Resources
	max   int
	woken bool // asked before and found nothing
}

// Lease gives the node attempts to run, at most max and within what it has free.
// When there are none it waits for some, at most wait.
func (d *Dispatcher) Lease(ctx context.Context, node fallow.NodeID, free fallow.Resources, max int, wait time.Duration) ([]Grant, error) {
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	q := ask{node: node, free: free, max: max}
	for {
		turn := d.waiters.join() // before asking, so that no wake-up is missed
		grants, err := d.asks.Do(ctx, q)
		if err != nil || len(grants) > 0 {
			d.waiters.leave(turn)
			d.pass(q, grants)
			return grants, err
		}
		select {
		case <-turn.come:
			q.woken = true
		case <-timeout.C:
			d.waiters.leave(turn)
			return nil, nil
		case <-ctx.Done():
			d.waiters.leave(turn)
			return nil, ctx.Err()
		}
	}
}

// pass wakes further nodes after one that was woken got work: there may be more.
func (d *Dispatcher) pass(q ask, grants []Grant) {
	if q.woken && len(grants) > 0 {
		d.waiters.wake(2)
	}
}

// Offer wakes nodes because there is new work.
func (d *Dispatcher) Offer() { d.waiters.wake(probes) }

// leaseRound serves a batch of asks in one transaction.
func (d *Dispatcher) leaseRound(ctx context.Context, asks []ask) ([][]Grant, error) {
	var grants [][]Grant
	err := d.store.Update(ctx, func(tx store.Tx) error {
		grants = make([][]Grant, len(asks))
		snapshot, jobs, err := d.snapshot(ctx, tx, asks)
		if err != nil || len(jobs) == 0 {
			return err
		}
		plan := scheduler.Schedule(snapshot)
		leases := make([]store.Lease, 0, len(plan.Leases))
		for _, l := range plan.Leases {
			leases = append(leases, store.Lease{
				Attempt: l.Attempt,
				Node:    asks[l.Ask].node,
				Started: snapshot.Now,
				Expires: snapshot.Now.Add(fallow.LeaseTime),
			})
			grants[l.Ask] = append(grants[l.Ask], Grant{Attempt: l.Attempt, Job: jobs[l.Attempt.Subjob.Job]})
		}
		return tx.Lease(leases)
	})
	return grants, err
}

// snapshot reads what the scheduler looks at: the asking nodes, and the first jobs
// that have work.
func (d *Dispatcher) snapshot(ctx context.Context, tx store.Tx, asks []ask) (scheduler.Snapshot, map[fallow.JobID]fallow.Job, error) {
	s := scheduler.Snapshot{Now: d.now()}
	candidates, err := tx.Candidates(s.Now, maxCandidates, maxWaiting)
	if err != nil || len(candidates) == 0 {
		return s, nil, err
	}
	for _, a := range asks {
		node, err := tx.Node(a.node)
		if err != nil {
			return s, nil, err
		}
		s.Asks = append(s.Asks, scheduler.Ask{Node: node, Free: a.free, Max: a.max})
	}
	if s.ActiveNodes, err = d.active.count(tx, s.Now); err != nil {
		return s, nil, err
	}
	jobs := make(map[fallow.JobID]fallow.Job, len(candidates))
	for _, c := range candidates {
		job, err := d.schedulerJob(ctx, c)
		if err != nil {
			return s, nil, err
		}
		s.Jobs = append(s.Jobs, job)
		jobs[job.ID] = c.Job.Job
	}
	return s, jobs, nil
}

func (d *Dispatcher) schedulerJob(ctx context.Context, c store.Candidate) (scheduler.Job, error) {
	manifest, err := d.bundles.Manifest(ctx, c.Job.Spec.Bundle)
	if err != nil {
		return scheduler.Job{}, err
	}
	job := scheduler.Job{
		ID:      c.Job.ID,
		Needs:   c.Job.Spec.Needs,
		Arch:    manifest.Arch,
		Systems: manifest.Systems,
		Next:    c.Job.Next,
		Total:   c.Job.Counts.Total,
	}
	for _, w := range c.Waiting {
		job.Waiting = append(job.Waiting, scheduler.Waiting(w))
	}
	return job, nil
}
