package sqlstore

import (
	"time"

	"fallow"
)

const nodeColumns = `id, name, public_key, state, reason, inventory, labels, joined, last_seen, quick, quarantine_until, backoff`

const nodeQuery = `SELECT ` + nodeColumns + `, (SELECT COUNT(*) FROM leases WHERE leases.node = nodes.id) FROM nodes`

func scanNode(r scanner) (n fallow.Node, err error) {
	var inventory, labels, quick string
	var joined, seen, until int64
	err = r.Scan(&n.ID, &n.Name, &n.PublicKey, &n.State, &n.Reason, &inventory, &labels, &joined, &seen,
		&quick, &until, &n.Quarantine.Backoff, &n.Running)
	if err != nil {
		return n, err
	}
	n.Joined, n.LastSeen, n.Quarantine.Until = moment(joined), moment(seen), moment(until)
	if err := untext("inventory", inventory, &n.Inventory); err != nil {
		return n, err
	}
	if err := untext("labels", labels, &n.Labels); err != nil {
		return n, err
	}
	return n, untext("quick", quick, &n.Quarantine.Quick)
}

func noNode(id fallow.NodeID) error {
	return fallow.Errorf(fallow.CodeNotFound, "there is no node %q", id)
}

func (t *tx) Node(id fallow.NodeID) (fallow.Node, error) {
	found, err := list(t, scanNode, nodeQuery+` WHERE id = $1`, id)
	if err == nil && len(found) == 0 {
		err = noNode(id)
	}
	if err != nil {
		return fallow.Node{}, err
	}
	return found[0], nil
}

func (t *tx) Nodes(after fallow.NodeID, limit int) ([]fallow.Node, error) {
	return list(t, scanNode, nodeQuery+` WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

func (t *tx) ActiveNodes(since time.Time) (n int, err error) {
	err = t.row(`SELECT COUNT(*) FROM nodes WHERE state IN ('active', 'quarantined')
		AND last_seen >= $1 AND (state = 'active' OR quarantine_until <= last_seen)`, []any{nanos(since)}, &n)
	return n, err
}

func (t *tx) PutNode(n fallow.Node) error {
	inventory, err := text(n.Inventory)
	if err != nil {
		return err
	}
	labels, err := text(n.Labels)
	if err != nil {
		return err
	}
	quick, err := text(n.Quarantine.Quick)
	if err != nil {
		return err
	}
	return t.change(`INSERT INTO nodes (`+nodeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, inventory = excluded.inventory`,
		n.ID, n.Name, blob(n.PublicKey), n.State, n.Reason, inventory, labels, nanos(n.Joined), nanos(n.LastSeen),
		quick, nanos(n.Quarantine.Until), n.Quarantine.Backoff)
}

func (t *tx) SeenNodes(ids []fallow.NodeID, now time.Time) error {
	for _, id := range ids {
		if err := t.change(`UPDATE nodes SET last_seen = $2 WHERE id = $1 AND last_seen < $2`, id, nanos(now)); err != nil {
			return err
		}
	}
	return nil
}

// setNode runs an UPDATE of the node $1.
func (t *tx) setNode(id fallow.NodeID, query string, args ...any) error {
	n, err := t.exec(query, append([]any{id}, args...)...)
	if err == nil && n == 0 {
		err = noNode(id)
	}
	return err
}

func (t *tx) SetInventory(id fallow.NodeID, inv fallow.Inventory) error {
	encoded, err := text(inv)
	if err != nil {
		return err
	}
	return t.setNode(id, `UPDATE nodes SET inventory = $2 WHERE id = $1`, encoded)
}

func (t *tx) SetNodeState(id fallow.NodeID, state fallow.NodeState, reason string) error {
	return t.setNode(id, `UPDATE nodes SET state = $2, reason = $3 WHERE id = $1`, state, reason)
}

func (t *tx) SetQuarantine(id fallow.NodeID, q fallow.Quarantine) error {
	quick, err := text(q.Quick)
	if err != nil {
		return err
	}
	return t.setNode(id, `UPDATE nodes SET quick = $2, quarantine_until = $3, backoff = $4 WHERE id = $1`,
		quick, nanos(q.Until), q.Backoff)
}

func (t *tx) SetLabels(id fallow.NodeID, labels map[string]string) error {
	encoded, err := text(labels)
	if err != nil {
		return err
	}
	return t.setNode(id, `UPDATE nodes SET labels = $2 WHERE id = $1`, encoded)
}
