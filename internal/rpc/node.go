package rpc

import (
	"maps"
	"slices"

	"fallow"
	"fallow/internal/rpc/fallowv1"
)

// ToNode writes a node for people: without its key and the evidence against it.
func ToNode(n fallow.Node) *fallowv1.Node {
	return &fallowv1.Node{
		Id: string(n.ID), Name: toText(n.Name), State: string(n.State), Reason: toText(n.Reason),
		Inventory: ToInventory(n.Inventory), Labels: n.Labels,
		Joined: ToTime(n.Joined), LastSeen: ToTime(n.LastSeen), Running: toInt32(n.Running),
		QuarantinedUntil: ToTime(n.Quarantine.Until),
	}
}

// FromNode reads a node from a server.
func FromNode(n *fallowv1.Node) (fallow.Node, error) {
	if n.GetId() == "" {
		return fallow.Node{}, invalid("a node without a name")
	}
	inventory, err := FromInventory(n.GetInventory())
	if err != nil {
		return fallow.Node{}, err
	}
	return fallow.Node{
		ID: fallow.NodeID(n.GetId()), Name: n.GetName(), State: fallow.NodeState(n.GetState()), Reason: n.GetReason(),
		Inventory: inventory, Labels: n.GetLabels(),
		Joined: FromTime(n.GetJoined()), LastSeen: FromTime(n.GetLastSeen()), Running: int(n.GetRunning()),
		Quarantine: fallow.Quarantine{Until: FromTime(n.GetQuarantinedUntil())},
	}, nil
}

// FromLabels checks the labels that somebody sets: names are not empty, and names
// and values are short. An empty value removes the label.
func FromLabels(labels map[string]string) (map[string]string, error) {
	names := slices.Collect(maps.Keys(labels))
	if slices.Contains(names, "") {
		return nil, invalid("a label without a name")
	}
	if err := checkNames(names); err != nil {
		return nil, err
	}
	if err := checkNames(slices.Collect(maps.Values(labels))); err != nil {
		return nil, err
	}
	return labels, nil
}
