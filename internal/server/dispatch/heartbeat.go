package dispatch

import (
	"context"

	"fallow"
	"fallow/internal/store"
)

// Heartbeat is a node's sign of life.
type Heartbeat struct {
	Node      fallow.NodeID
	Running   []fallow.AttemptID
	Inventory *fallow.Inventory // nil when it has not changed
	Restarted bool              // the first of a new agent process: nothing else runs
}

// Pulse is the answer to a heartbeat.
type Pulse struct {
	Stop  []fallow.AttemptID // no longer leased to the node
	State fallow.NodeState
}

// Heartbeat renews the leases of what runs on a node.
func (d *Dispatcher) Heartbeat(ctx context.Context, h Heartbeat) (Pulse, error) {
	if h.Restarted {
		if err := d.abandon(ctx, h); err != nil {
			return Pulse{}, err
		}
	}
	return d.heartbeats.Do(ctx, h)
}

func (d *Dispatcher) heartbeatRound(ctx context.Context, beats []Heartbeat) ([]Pulse, error) {
	var pulses []Pulse
	err := d.store.Update(ctx, func(tx store.Tx) error {
		pulses = make([]Pulse, len(beats))
		now := d.now()
		ids := make([]fallow.NodeID, len(beats))
		for i, h := range beats {
			ids[i] = h.Node
			var err error
			if pulses[i], err = d.renew(tx, h); err != nil {
				return err
			}
		}
		return tx.SeenNodes(ids, now)
	})
	return pulses, err
}

func (d *Dispatcher) renew(tx store.Tx, h Heartbeat) (Pulse, error) {
	node, err := tx.Node(h.Node)
	if err != nil {
		return Pulse{}, err
	}
	if h.Inventory != nil {
		if err := tx.SetInventory(h.Node, *h.Inventory); err != nil {
			return Pulse{}, err
		}
	}
	gone, err := tx.Renew(h.Node, h.Running, d.now().Add(fallow.LeaseTime))
	return Pulse{Stop: gone, State: node.State}, err
}

// abandon concludes as lost what was leased to a node's earlier agent process.
func (d *Dispatcher) abandon(ctx context.Context, h Heartbeat) error {
	var leased []fallow.AttemptID
	err := d.store.View(ctx, func(r store.Reader) (err error) {
		leased, err = r.RunningOn(h.Node)
		return err
	})
	if err != nil {
		return err
	}
	running := make(map[fallow.AttemptID]bool, len(h.Running))
	for _, id := range h.Running {
		running[id] = true
	}
	for _, id := range leased {
		if running[id] {
			continue
		}
		lost := fallow.Outcome{Kind: fallow.Lost, Reason: "the node's agent was restarted while the attempt ran"}
		if _, err := d.Report(ctx, Report{Node: h.Node, Attempt: id, Outcome: lost}); err != nil {
			return err
		}
	}
	return nil
}
