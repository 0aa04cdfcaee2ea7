package dispatch

import (
	"context"
	"fmt"
	"time"

	"fallow"
	"fallow/internal/store"
)

// Report is how an attempt ended, as its node tells it.
type Report struct {
	Node    fallow.NodeID
	Attempt fallow.AttemptID
	Outcome fallow.Outcome
}

// Report concludes an attempt. It tells whether the outcome changed anything: a
// repeated report, or one for a subjob that another attempt finished first, does
// not.
func (d *Dispatcher) Report(ctx context.Context, r Report) (counted bool, err error) {
	return d.reports.Do(ctx, r)
}

// effects are what must be done once a transaction is durable.
type effects struct {
	stop     []store.Lease // attempts no longer wanted
	offered  bool          // a subjob waits again
	finished bool          // a job may wait to be collected
}

func (d *Dispatcher) carryOut(e effects) {
	for _, s := range e.stop {
		d.stopper.Stop(s.Node, s.Attempt)
	}
	if e.offered {
		d.waiters.wake(probes)
	}
	if e.finished {
		d.signalFinished()
	}
}

func (d *Dispatcher) reportRound(ctx context.Context, reports []Report) ([]bool, error) {
	var counted []bool
	var e effects
	err := d.store.Update(ctx, func(tx store.Tx) error {
		counted, e = make([]bool, len(reports)), effects{}
		for i, r := range reports {
			c := conclusion{tx: tx, now: d.now(), active: &d.active, effects: &e}
			var err error
			if counted[i], err = c.conclude(r); err != nil {
				return fmt.Errorf("conclude attempt %s: %w", r.Attempt, err)
			}
		}
		return nil
	})
	if err == nil {
		d.carryOut(e)
	}
	return counted, err
}

// expire concludes attempts whose node fell silent.
func (d *Dispatcher) expire(ctx context.Context) error {
	var expired []fallow.Attempt
	err := d.store.View(ctx, func(r store.Reader) (err error) {
		expired, err = r.Expired(d.now(), maxExpired)
		return err
	})
	if err != nil || len(expired) == 0 {
		return err
	}
	reports := make([]Report, len(expired))
	for i, a := range expired {
		reports[i] = Report{Node: a.Node, Attempt: a.ID, Outcome: fallow.Outcome{
			Kind:   fallow.Lost,
			Reason: fmt.Sprintf("node %s was silent for %s: it was switched off or lost its network", a.Node, fallow.LeaseTime),
			Wall:   d.now().Sub(a.Started).Round(time.Second),
		}}
	}
	_, err = d.reportRound(ctx, reports)
	return err
}
