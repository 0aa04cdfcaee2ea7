package dispatch

import (
	"context"
	"fmt"
	"time"

	"fallow"
	"fallow/internal/store"
)

// watchEvery is how often lost attempts are looked for, and how late a subjob that
// waits for its back-off may be offered again.
const watchEvery = time.Second

// Watch concludes attempts whose lease ran out, until ctx ends or the store fails.
func (d *Dispatcher) Watch(ctx context.Context) error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := d.expire(ctx); err != nil {
				return err
			}
			d.waiters.wake(probes)
		}
	}
}

// expire concludes the attempts whose node fell silent. A server that was away
// itself first gives the nodes the time of a lease to be heard again.
func (d *Dispatcher) expire(ctx context.Context) error {
	if d.Now().Sub(d.began) < fallow.LeaseTime {
		return nil
	}
	for {
		var expired []fallow.Attempt
		err := d.Store.View(ctx, func(r store.Reader) (err error) {
			expired, err = r.Expired(d.Now(), 1)
			return err
		})
		if err != nil || len(expired) == 0 {
			return err
		}
		if err := d.expireSome(ctx); err != nil {
			return err
		}
	}
}

// expireSome concludes up to maxExpired attempts. It looks again inside the
// transaction, because a heartbeat may have renewed a lease meanwhile.
func (d *Dispatcher) expireSome(ctx context.Context) error {
	var e effects
	err := d.Store.Update(ctx, func(tx store.Tx) error {
		e = effects{}
		expired, err := tx.Expired(d.Now(), maxExpired)
		if err != nil {
			return err
		}
		for _, a := range expired {
			if err := d.lose(tx, a, &e, "node %s was silent for %s: it was switched off or lost its network", a.Node, fallow.LeaseTime); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		d.carryOut(e)
	}
	return err
}

// lose concludes a running attempt as lost.
func (d *Dispatcher) lose(tx store.Tx, a fallow.Attempt, e *effects, format string, args ...any) error {
	c := conclusion{tx: tx, now: d.Now(), active: &d.active, effects: e}
	_, err := c.conclude(Report{Node: a.Node, Attempt: a.ID, Outcome: fallow.Outcome{
		Kind:   fallow.Lost,
		Reason: fmt.Sprintf(format, args...),
		Wall:   d.Now().Sub(a.Started).Round(time.Second),
	}})
	if err != nil {
		return fmt.Errorf("give up attempt %s: %w", a.ID, err)
	}
	return nil
}
