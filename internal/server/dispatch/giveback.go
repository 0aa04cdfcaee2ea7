package dispatch

import (
	"context"
	"fmt"

	"fallow"
	"fallow/internal/store"
)

// GiveBack returns attempts that their node never got to waiting, at once and
// without blame for anybody: they end as cancelled for the reason.
func (d *Dispatcher) GiveBack(ctx context.Context, grants []Grant, reason string) error {
	e := effects{offered: true}
	err := d.Store.Update(ctx, func(tx store.Tx) error {
		for _, g := range grants {
			if err := d.takeBack(tx, g.Attempt, reason); err != nil {
				return fmt.Errorf("take back attempt %s: %w", g.Attempt, err)
			}
		}
		return nil
	})
	if err == nil {
		d.carryOut(e)
	}
	return err
}

// Withdraw takes back an attempt that was leased but cannot be described to its
// node, and holds its job: what is wrong is wrong for every node.
func (d *Dispatcher) Withdraw(ctx context.Context, a fallow.AttemptID, cause error) error {
	reason := fmt.Sprintf("subjob %s cannot be made: %v", a.Subjob, cause)
	return d.Store.Update(ctx, func(tx store.Tx) error {
		if err := d.takeBack(tx, a, reason); err != nil {
			return fmt.Errorf("take back attempt %s: %w", a, err)
		}
		job, err := tx.Job(a.Subjob.Job)
		if err != nil || job.State != fallow.JobRunning {
			return err
		}
		return tx.SetJobState(job.ID, fallow.JobHeld, reason, d.Now())
	})
}

// takeBack lets the subjob of an attempt wait again, unless the attempt was ended
// meanwhile, as by a cancelled job.
func (d *Dispatcher) takeBack(tx store.Tx, id fallow.AttemptID, reason string) error {
	attempt, err := tx.Attempt(id)
	if err != nil || !attempt.Running() {
		return err
	}
	if err := tx.EndAttempt(id, fallow.Outcome{Kind: fallow.Cancelled, Reason: reason}, d.Now()); err != nil {
		return err
	}
	return tx.SetSubjob(store.Subjob{ID: id.Subjob, State: store.SubjobWaiting, Reason: reason}, d.Now())
}
