package dispatch

import (
	"context"
	"errors"

	"fallow"
	"fallow/internal/store"
)

// Cancel ends a job: what waits is never leased, what runs is stopped.
func (d *Dispatcher) Cancel(ctx context.Context, id fallow.JobID, who string) error {
	var e effects
	err := d.Store.Update(ctx, func(tx store.Tx) error {
		e = effects{}
		job, err := tx.Job(id)
		if err != nil {
			return err
		}
		if job.State.Final() {
			return fallow.Errorf(fallow.CodeConflict, "job %s is already %s", id, job.State)
		}
		reason := "cancelled by " + who
		if err := tx.SetJobState(id, fallow.JobCancelled, reason, d.Now()); err != nil {
			return err
		}
		if err := tx.CancelSubjobs(id, d.Now()); err != nil {
			return err
		}
		if err := d.stopRunning(tx, id, reason, &e); err != nil {
			return err
		}
		return tx.Audit(store.AuditEntry{Time: d.Now(), Who: who, What: "cancel", Thing: "job " + id.String()})
	})
	if err == nil {
		d.carryOut(e)
	}
	return err
}

func (d *Dispatcher) stopRunning(tx store.Tx, id fallow.JobID, reason string, e *effects) error {
	for {
		running, err := tx.RunningOf(id, maxStopped)
		if err != nil || len(running) == 0 {
			return err
		}
		for _, a := range running {
			o := fallow.Outcome{Kind: fallow.Cancelled, Reason: reason}
			if err := tx.EndAttempt(a.ID, o, d.Now()); err != nil {
				return err
			}
			s := store.Subjob{ID: a.ID.Subjob, State: store.SubjobCancelled, Reason: reason}
			if err := tx.SetSubjob(s, d.Now()); err != nil {
				return err
			}
			e.stop = append(e.stop, store.Lease{Attempt: a.ID, Node: a.Node})
		}
	}
}

// Release lets a held job run again, with a clean record.
func (d *Dispatcher) Release(ctx context.Context, id fallow.JobID, who string) error {
	err := d.Store.Update(ctx, func(tx store.Tx) error {
		job, err := tx.Job(id)
		if err != nil {
			return err
		}
		if job.State != fallow.JobHeld {
			return fallow.Errorf(fallow.CodeConflict, "job %s is %s, not held", id, job.State)
		}
		if err := errors.Join(tx.SetFailedNodes(id, nil), tx.SetFailedSubjobs(id, nil), tx.SetRecent(id, nil)); err != nil {
			return err
		}
		next := fallow.JobRunning
		if job.Counts.Finished() {
			next = fallow.JobCollecting
		}
		if err := tx.SetJobState(id, next, "", d.Now()); err != nil {
			return err
		}
		return tx.Audit(store.AuditEntry{Time: d.Now(), Who: who, What: "release", Thing: "job " + id.String()})
	})
	if err == nil {
		d.signalFinished()
		d.Offer()
	}
	return err
}
