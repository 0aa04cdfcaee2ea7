package dispatch

import (
	"context"
	"fmt"

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

func (d *Dispatcher) reportRound(ctx context.Context, reports []Report) ([]bool, error) {
	var counted []bool
	var e effects
	err := d.Store.Update(ctx, func(tx store.Tx) error {
		counted, e = make([]bool, len(reports)), effects{}
		for i, r := range reports {
			c := conclusion{tx: tx, now: d.Now(), active: &d.active, effects: &e}
			var err error
			if counted[i], err = c.conclude(r); err != nil {
				return blamed(i, fmt.Errorf("conclude attempt %s: %w", r.Attempt, err))
			}
		}
		return nil
	})
	if err == nil {
		d.carryOut(e)
	}
	return counted, err
}
