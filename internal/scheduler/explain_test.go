package scheduler_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fallow"
	"fallow/internal/scheduler"
)

func TestExplain(t *testing.T) {
	small, silent, busy := node("small"), node("silent"), node("busy")
	small.Inventory.Memory, small.Inventory.Cores = 4*fallow.GiB, 1
	silent.LastSeen = now.Add(-time.Hour)
	busy.Running, busy.Labels = 2, map[string]string{"room": "B12"}
	suspect := node("suspect")
	suspect.State, suspect.Quarantine.Until = fallow.NodeQuarantined, now.Add(time.Minute)
	tests := []struct {
		name    string
		job     scheduler.Job
		nodes   []fallow.Node
		summary string
		reasons []string
	}{
		{"no nodes", scheduler.Job{}, nil, "the grid has no nodes", nil},
		{"all could", scheduler.Job{}, []fallow.Node{small, busy}, "2 of 2 nodes could run it, 1 of them at once", nil},
		{"all busy", scheduler.Job{}, []fallow.Node{busy}, "1 of 1 node could run it, none of them at once: they run something now", nil},
		{"too much memory", scheduler.Job{Needs: fallow.Needs{Memory: 64 * fallow.GiB}}, []fallow.Node{small, busy, node("a")},
			"none of 3 nodes could run it",
			[]string{"needs 64GiB of memory: 3 of 3 nodes have less; the largest has 8GiB"}},
		{"states", scheduler.Job{}, []fallow.Node{silent, suspect},
			"none of 2 nodes could run it",
			[]string{
				"needs a node that is switched on and reaches the server: 1 of 2 nodes are silent; silent spoke last, 1h0m0s ago",
				"needs a node that is active: 1 of 2 nodes are quarantined",
			}},
		{"properties", scheduler.Job{Arch: "arm64", Systems: []string{"/opt/java"},
			Needs: fallow.Needs{Cores: 2, Speed: 1.5, Labels: map[string]string{"room": "C1"}, Node: `"avx2" in features`}},
			[]fallow.Node{small, busy}, "none of 2 nodes could run it",
			[]string{
				"needs 2 or more cores: 1 of 2 nodes have less; the largest has 1",
				"needs a processor of type arm64: 2 of 2 nodes have amd64",
				"needs a CPU speed of 1.5: 2 of 2 nodes have less; the largest has 1",
				"needs the directory /opt/java of the node: 2 of 2 nodes do not offer it",
				"needs the label room=C1: 2 of 2 nodes have no such label or room=B12",
				`needs a node with "avx2" in features: 2 of 2 nodes are not like that`,
			}},
		{"an expression that is refused today", scheduler.Job{Needs: fallow.Needs{Node: refusedExpression}},
			[]fallow.Node{busy}, "none of 1 node could run it",
			[]string{"needs a node with " + refusedExpression + ": 1 of 1 node fail it: the expression uses a variable of its own (let)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := scheduler.Explain(test.job, test.nodes, now)
			if diff := cmp.Diff(test.summary, e.Summary()); diff != "" {
				t.Errorf("summary (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.reasons, e.Reasons); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
		})
	}
}
