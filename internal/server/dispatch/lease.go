package dispatch

import (
	"context"
	"errors"
	"fmt"
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
	node fallow.NodeID
	free fallow.Resources
	max  int
}

// Lease gives the node attempts to run, at most max and within what it has free.
// When there are none it waits for some, at most wait. When ctx ends meanwhile, what
// was leased is given back, because nobody is there to run it.
func (d *Dispatcher) Lease(ctx context.Context, node fallow.NodeID, free fallow.Resources, max int, wait time.Duration) ([]Grant, error) {
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	for woken := false; ; woken = true {
		turn := d.waiters.join() // before asking, so that no wake-up is missed
		grants, err := d.asks.Do(ctx, ask{node: node, free: free, max: max})
		if err == nil && len(grants) == 0 {
			select {
			case <-turn.come:
				continue
			case <-timeout.C:
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		d.pass(turn, woken, len(grants) > 0)
		if len(grants) > 0 && ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), d.GiveBack(context.WithoutCancel(ctx), grants, "its node went away before it got the lease"))
		}
		return grants, err
	}
}

// pass hands on what an ask that is over owes to others: two are woken after one
// that was woken and got work, because there may be more, and one after one that was
// woken and got none.
func (d *Dispatcher) pass(t turn, woken, served bool) {
	woken = d.waiters.leave(t) || woken
	switch {
	case woken && served:
		d.waiters.wake(2)
	case woken:
		d.waiters.wake(1)
	}
}

// Offer wakes nodes because there is new work.
func (d *Dispatcher) Offer() { d.waiters.wake(probes) }

// leaseRound serves a batch of asks in one transaction.
func (d *Dispatcher) leaseRound(ctx context.Context, asks []ask) ([][]Grant, error) {
	var grants [][]Grant
	err := d.Store.Update(ctx, func(tx store.Tx) error {
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
	s := scheduler.Snapshot{Now: d.Now()}
	candidates, err := tx.Candidates(s.Now, maxCandidates, maxWaiting)
	if err != nil || len(candidates) == 0 {
		return s, nil, err
	}
	for i, a := range asks {
		node, err := tx.Node(a.node)
		if err != nil {
			return s, nil, blamed(i, err)
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
			if err := d.passOver(tx, c.Job.ID, err); err != nil {
				return s, nil, err
			}
			continue
		}
		s.Jobs = append(s.Jobs, job)
		jobs[job.ID] = c.Job.Job
	}
	return s, jobs, nil
}

func (d *Dispatcher) schedulerJob(ctx context.Context, c store.Candidate) (scheduler.Job, error) {
	manifest, err := d.Bundles.Manifest(ctx, c.Job.Spec.Bundle)
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

// passOver keeps a job whose bundle cannot be read from stopping all others: it is
// held if that will not get better by itself.
func (d *Dispatcher) passOver(tx store.Tx, id fallow.JobID, cause error) error {
	reason := fmt.Sprintf("its bundle cannot be read: %v", cause)
	if passing(cause) {
		d.Log.Error("job passed over", "job", id, "error", reason)
		return nil
	}
	return tx.SetJobState(id, fallow.JobHeld, reason, d.Now())
}

// passing tells whether an error may be gone at the next try: it is about the
// machine, not about what was asked.
func passing(err error) bool {
	switch fallow.CodeOf(err) {
	case fallow.CodeUnavailable, fallow.CodeInternal:
		return true
	}
	return false
}
