package dispatch

import (
	"context"
	"slices"

	"fallow"
	"fallow/internal/store"
)

// listTime is how long a node may take to list an attempt leased to it as running.
// After that the answer that would have told it of the lease did not arrive.
const listTime = 2 * fallow.HeartbeatTime

// Heartbeat is a node's sign of life.
type Heartbeat struct {
	Node      fallow.NodeID
	Running   []fallow.AttemptID
	Inventory *fallow.Inventory // nil when it has not changed
	Restarted bool              // the first of a new agent process: nothing else runs
}

// Pulse is the answer to a heartbeat.
type Pulse struct {
	Stop  []fallow.AttemptID // whose outcome nobody wants any more
	State fallow.NodeState
}

// Heartbeat renews the leases of what runs on a node, and gives up what is leased to
// it but does not run there.
func (d *Dispatcher) Heartbeat(ctx context.Context, h Heartbeat) (Pulse, error) {
	return d.heartbeats.Do(ctx, h)
}

func (d *Dispatcher) heartbeatRound(ctx context.Context, beats []Heartbeat) ([]Pulse, error) {
	var pulses []Pulse
	var e effects
	err := d.Store.Update(ctx, func(tx store.Tx) error {
		pulses, e = make([]Pulse, len(beats)), effects{}
		ids := make([]fallow.NodeID, len(beats))
		for i, h := range beats {
			ids[i] = h.Node
			var err error
			if pulses[i], err = d.renew(tx, h, &e); err != nil {
				return blamed(i, err)
			}
		}
		return tx.SeenNodes(ids, d.Now())
	})
	if err == nil {
		d.carryOut(e)
	}
	return pulses, err
}

func (d *Dispatcher) renew(tx store.Tx, h Heartbeat, e *effects) (Pulse, error) {
	node, err := tx.Node(h.Node)
	if err != nil {
		return Pulse{}, err
	}
	if h.Inventory != nil {
		if err := tx.SetInventory(h.Node, *h.Inventory); err != nil {
			return Pulse{}, err
		}
	}
	gone, err := tx.Renew(h.Node, h.Running, d.Now().Add(fallow.LeaseTime))
	if err != nil {
		return Pulse{}, err
	}
	stop, err := unwanted(tx, h.Node, gone)
	if err != nil {
		return Pulse{}, err
	}
	return Pulse{Stop: stop, State: node.State}, d.loseUnlisted(tx, h, e)
}

// unwanted picks the attempts that a node must end. One that was given up as lost
// goes on as long as its subjob has no outcome: it may be the first to succeed.
func unwanted(tx store.Tx, node fallow.NodeID, gone []fallow.AttemptID) (stop []fallow.AttemptID, err error) {
	for _, id := range gone {
		wanted, err := stillWanted(tx, node, id)
		if err != nil {
			return nil, err
		}
		if !wanted {
			stop = append(stop, id)
		}
	}
	return stop, nil
}

func stillWanted(tx store.Tx, node fallow.NodeID, id fallow.AttemptID) (bool, error) {
	attempt, err := tx.Attempt(id)
	if fallow.CodeOf(err) == fallow.CodeNotFound {
		return false, nil
	}
	if err != nil || attempt.Node != node || attempt.Outcome.Kind != fallow.Lost {
		return false, err
	}
	subjob, err := tx.Subjob(id.Subjob)
	return !settled(subjob.State), err
}

// loseUnlisted gives up attempts that are leased to a node but do not run there: its
// agent was restarted, or never heard of them.
func (d *Dispatcher) loseUnlisted(tx store.Tx, h Heartbeat, e *effects) error {
	leased, err := tx.RunningOn(h.Node)
	if err != nil {
		return err
	}
	for _, id := range leased {
		if slices.Contains(h.Running, id) {
			continue
		}
		a, err := tx.Attempt(id)
		if err != nil {
			return err
		}
		switch {
		case h.Restarted:
			err = d.lose(tx, a, e, "the node's agent was restarted while the attempt ran")
		case d.Now().Sub(a.Started) > listTime:
			err = d.lose(tx, a, e, "the node never told that it runs the attempt: the lease got lost on its way")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
