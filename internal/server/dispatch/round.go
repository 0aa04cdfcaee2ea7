package dispatch

import (
	"context"
	"fmt"

	"fallow"
	"fallow/internal/scheduler"
	"fallow/internal/store"
)

// round serves a batch of asks within one transaction: it looks at the jobs that
// have work, page by page, while nodes have room left.
type round struct {
	*Dispatcher
	ctx      context.Context
	tx       store.Tx
	snapshot scheduler.Snapshot
	jobs     map[fallow.JobID]fallow.Job // of the page
	grants   [][]Grant
}

// leaseRound carries out a batch of asks.
func (d *Dispatcher) leaseRound(ctx context.Context, asks []ask) (grants [][]Grant, err error) {
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		r := &round{Dispatcher: d, ctx: ctx, tx: tx, grants: make([][]Grant, len(asks))}
		r.snapshot.Now = d.Now()
		grants = r.grants
		return r.serve(asks)
	})
	return grants, err
}

// serve goes on to the next page while the one before left nodes with room: its
// jobs may need what none of them has.
func (r *round) serve(asks []ask) error {
	page, err := r.tx.Candidates(r.snapshot.Now, maxCandidates, maxWaiting)
	if err != nil || len(page) == 0 {
		return err
	}
	if err := r.readNodes(asks); err != nil {
		return err
	}
	for range maxPages {
		if err := r.servePage(page); err != nil || len(page) < maxCandidates || r.full() {
			return err
		}
		last := page[len(page)-1].Job.ID
		if page, err = r.tx.CandidatesAfter(last, r.snapshot.Now, maxCandidates, maxWaiting); err != nil {
			return err
		}
	}
	return nil
}

func (r *round) readNodes(asks []ask) error {
	for i, a := range asks {
		node, err := r.tx.Node(a.node)
		if err != nil {
			return blamed(i, err)
		}
		r.snapshot.Asks = append(r.snapshot.Asks, within(node, a))
	}
	var err error
	r.snapshot.ActiveNodes, err = r.active.count(r.tx, r.snapshot.Now)
	return err
}

// within keeps what a node asks for within what it says to have: a node that asks
// for more, by mistake or malice, must not drain the queue.
func within(node fallow.Node, a ask) scheduler.Ask {
	has := node.Inventory
	return scheduler.Ask{
		Node: node,
		Free: fallow.Resources{
			Cores:  min(a.free.Cores, has.Cores),
			Memory: min(a.free.Memory, has.Memory),
			Disk:   min(a.free.Disk, has.Disk),
		},
		Max: min(a.max, max(has.Cores-node.Running, 0)),
	}
}

// servePage leases what the scheduler decides over one page of jobs.
func (r *round) servePage(page []store.Candidate) error {
	if err := r.readJobs(page); err != nil {
		return err
	}
	plan := scheduler.Schedule(r.snapshot)
	leases := make([]store.Lease, 0, len(plan.Leases))
	for _, l := range plan.Leases {
		ask, job := &r.snapshot.Asks[l.Ask], r.jobs[l.Attempt.Subjob.Job]
		leases = append(leases, store.Lease{
			Attempt: l.Attempt,
			Node:    ask.Node.ID,
			Started: r.snapshot.Now,
			Expires: r.snapshot.Now.Add(fallow.LeaseTime),
		})
		r.grants[l.Ask] = append(r.grants[l.Ask], Grant{Attempt: l.Attempt, Job: job})
		taken := scheduler.Takes(job.Spec.Needs)
		ask.Max--
		ask.Free.Cores -= taken.Cores
		ask.Free.Memory -= taken.Memory
		ask.Free.Disk -= taken.Disk
	}
	return r.tx.Lease(leases)
}

// full tells whether no node has room for more.
func (r *round) full() bool {
	for _, a := range r.snapshot.Asks {
		if a.Max > 0 && a.Free.Cores > 0 {
			return false
		}
	}
	return true
}

func (r *round) readJobs(page []store.Candidate) error {
	r.snapshot.Jobs, r.jobs = nil, make(map[fallow.JobID]fallow.Job, len(page))
	for _, c := range page {
		job, err := r.schedulerJob(r.ctx, c)
		if err != nil {
			if err := r.passOver(r.tx, c.Job.ID, err); err != nil {
				return err
			}
			continue
		}
		r.snapshot.Jobs = append(r.snapshot.Jobs, job)
		r.jobs[job.ID] = c.Job.Job
	}
	return nil
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
	if fallow.MayPass(cause) {
		d.Log.Error("job passed over", "job", id, "error", reason)
		return nil
	}
	return tx.SetJobState(id, fallow.JobHeld, reason, d.Now())
}
