package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"fallow"
)

// nodeView is how a node looks with --json.
type nodeView struct {
	Node             string            `json:"node"`
	Name             string            `json:"name"`
	State            fallow.NodeState  `json:"state"`
	Reason           string            `json:"reason,omitempty"`
	Running          int               `json:"running"`
	Joined           *time.Time        `json:"joined,omitempty"`
	LastSeen         *time.Time        `json:"last_seen,omitempty"`
	QuarantinedUntil *time.Time        `json:"quarantined_until,omitempty"`
	Labels           map[string]string `json:"labels,omitempty"`
	Inventory        fallow.Inventory  `json:"inventory"`
}

func viewNode(n fallow.Node) nodeView {
	return nodeView{
		Node: string(n.ID), Name: n.Name, State: n.State, Reason: n.Reason, Running: n.Running,
		Joined: stamp(n.Joined), LastSeen: stamp(n.LastSeen), QuarantinedUntil: stamp(n.Quarantine.Until),
		Labels: n.Labels, Inventory: n.Inventory,
	}
}

// nodeHeading and nodeRow are a node in a table.
var nodeHeading = []string{"NODE", "NAME", "STATE", "SEEN", "RUNNING", "CORES", "MEMORY", "OS", "LABELS"}

func nodeRow(n fallow.Node, now time.Time) []string {
	return []string{
		string(n.ID), n.Name, string(n.State), ago(n.LastSeen, now), strconv.Itoa(n.Running),
		strconv.Itoa(n.Inventory.Cores), n.Inventory.Memory.String(),
		n.Inventory.OS + "/" + n.Inventory.Arch, labelText(n.Labels),
	}
}

// ago says how long a time is past.
func ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return howLong(now.Sub(t).Truncate(time.Second)) + " ago"
}

// labelText lists labels in order of name.
func labelText(labels map[string]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		words = append(words, name+"="+labels[name])
	}
	return oneLine(strings.Join(words, " "))
}

// writeNode describes a node.
func writeNode(w io.Writer, n fallow.Node) {
	v := n.Inventory
	writeFields(w,
		field{"Node", string(n.ID)},
		field{"Name", n.Name},
		field{"State", string(n.State)},
		field{"Reason", n.Reason},
		field{"Quarantined until", when(n.Quarantine.Until)},
		field{"Joined", when(n.Joined)},
		field{"Last seen", when(n.LastSeen)},
		field{"Running", count(int64(n.Running), "attempt")},
		field{"Labels", labelText(n.Labels)},
		field{"System", v.OS + "/" + v.Arch},
		field{"CPU", fmt.Sprintf("%s, %d cores, speed %.2f", v.CPUModel, v.Cores, v.CPUSpeed)},
		field{"Memory", v.Memory.String()},
		field{"Disk", v.Disk.String()},
		field{"Agent", v.Version},
		field{"Features", strings.Join(v.Features, " ")},
		field{"Systems", strings.Join(v.Systems, " ")},
	)
}
