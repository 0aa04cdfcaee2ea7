package scheduler_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fallow"
	"fallow/internal/scheduler"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func node(id string) fallow.Node {
	return fallow.Node{ID: fallow.NodeID(id), Name: id, State: fallow.NodeActive, LastSeen: now, Inventory: fallow.Inventory{
		OS: "linux", Arch: "amd64", Cores: 4, CPUSpeed: 1, Memory: 8 * fallow.GiB, Disk: 100 * fallow.GiB, Systems: []string{"/usr"},
	}}
}

// ask is a node that asks for all it has.
func ask(n fallow.Node, max int) scheduler.Ask {
	inv := n.Inventory
	return scheduler.Ask{Node: n, Max: max, Free: fallow.Resources{Cores: inv.Cores, Memory: inv.Memory, Disk: inv.Disk}}
}

// show writes a plan as "node:attempt node:attempt".
func show(s scheduler.Snapshot, p scheduler.Plan) string {
	var words []string
	for _, l := range p.Leases {
		words = append(words, fmt.Sprintf("%s:%s", s.Asks[l.Ask].Node.ID, l.Attempt))
	}
	return strings.Join(words, " ")
}

// refusedExpression may have been stored by an earlier version.
const refusedExpression = `let a = cpu.model + cpu.model; a + a != ""`

func TestSchedule(t *testing.T) {
	quarantined, over, draining, banned := node("q"), node("o"), node("d"), node("b")
	quarantined.State, quarantined.Quarantine.Until = fallow.NodeQuarantined, now.Add(time.Second)
	over.State, over.Quarantine.Until = fallow.NodeQuarantined, now
	draining.State, banned.State = fallow.NodeDraining, fallow.NodeBanned
	arm, labelled, tiny, slow := node("arm"), node("lab"), node("tiny"), node("slow")
	arm.Inventory.Arch = "arm64"
	labelled.Labels = map[string]string{"room": "B12"}
	tiny.Inventory.Memory = 512 * fallow.MiB
	slow.Inventory.CPUSpeed = 0.5
	a, b := node("a"), node("b2")
	waits := func(since time.Duration, avoid ...fallow.NodeID) []scheduler.Waiting {
		return []scheduler.Waiting{{Index: 3, Attempts: 1, Avoid: avoid, Since: now.Add(-since)}}
	}
	asks := func(nodes ...fallow.Node) (all []scheduler.Ask) {
		for _, n := range nodes {
			all = append(all, ask(n, 2))
		}
		return all
	}
	tests := []struct {
		name   string
		asks   []scheduler.Ask
		active int
		jobs   []scheduler.Job
		want   string
	}{
		{"one by one to each", asks(a, b), 2, []scheduler.Job{{ID: 1, Total: 9}}, "a:1.0.1 b2:1.1.1 a:1.2.1 b2:1.3.1"},
		{"a node that got nothing goes first for the next job", asks(a, b), 2,
			[]scheduler.Job{{ID: 1, Total: 1}, {ID: 2, Next: 5, Total: 6}}, "a:1.0.1 b2:2.5.1"},
		{"jobs in order", asks(a), 1, []scheduler.Job{{ID: 2, Total: 1}, {ID: 1, Total: 9}}, "a:2.0.1 a:1.0.1"},
		{"waiting before fresh", asks(a), 1, []scheduler.Job{{ID: 1, Next: 7, Total: 9, Waiting: waits(0)}}, "a:1.3.2 a:1.7.1"},
		{"an avoided node leaves it to another", asks(a, b), 2, []scheduler.Job{{ID: 1, Waiting: waits(0, "a")}}, "b2:1.3.2"},
		{"an avoided node gets fresh ones meanwhile", asks(a), 2, []scheduler.Job{{ID: 1, Next: 4, Total: 5, Waiting: waits(0, "a")}}, "a:1.4.1"},
		{"an avoided node is better than none after the grace", asks(a), 2,
			[]scheduler.Job{{ID: 1, Waiting: waits(scheduler.AvoidGrace, "a")}}, "a:1.3.2"},
		{"after the grace another node is still better", asks(a, b), 2,
			[]scheduler.Job{{ID: 1, Waiting: waits(scheduler.AvoidGrace, "a")}}, "b2:1.3.2"},
		{"the only active node gets it again", asks(a), 1, []scheduler.Job{{ID: 1, Waiting: waits(0, "a")}}, "a:1.3.2"},
		{"quarantined nodes get nothing", asks(quarantined), 1, []scheduler.Job{{ID: 1, Total: 1}}, ""},
		{"until the quarantine is over", asks(over), 1, []scheduler.Job{{ID: 1, Total: 1}}, "o:1.0.1"},
		{"draining and banned nodes get nothing", asks(draining, banned), 0, []scheduler.Job{{ID: 1, Total: 1}}, ""},
		{"architecture", asks(a, arm), 2, []scheduler.Job{{ID: 1, Total: 9, Arch: "arm64"}}, "arm:1.0.1 arm:1.1.1"},
		{"label", asks(a, labelled), 2,
			[]scheduler.Job{{ID: 1, Total: 1, Needs: fallow.Needs{Labels: map[string]string{"room": "B12"}}}}, "lab:1.0.1"},
		{"default memory", asks(tiny), 1, []scheduler.Job{{ID: 1, Total: 1}}, ""},
		{"little memory", asks(tiny), 1, []scheduler.Job{{ID: 1, Total: 1, Needs: fallow.Needs{Memory: 256 * fallow.MiB}}}, "tiny:1.0.1"},
		{"memory of all attempts together", asks(a), 1,
			[]scheduler.Job{{ID: 1, Total: 2, Needs: fallow.Needs{Memory: 5 * fallow.GiB}}}, "a:1.0.1"},
		{"cores of all attempts together", asks(a), 1, []scheduler.Job{{ID: 1, Total: 2, Needs: fallow.Needs{Cores: 3}}}, "a:1.0.1"},
		{"disk of all attempts together", asks(a), 1, []scheduler.Job{{ID: 1, Total: 2, Needs: fallow.Needs{Disk: 60 * fallow.GiB}}}, "a:1.0.1"},
		{"speed", asks(slow, a), 2, []scheduler.Job{{ID: 1, Total: 1, Needs: fallow.Needs{Speed: 0.8}}}, "a:1.0.1"},
		{"system directory", asks(a), 1, []scheduler.Job{{ID: 1, Total: 1, Systems: []string{"/usr", "/opt/java"}}}, ""},
		{"expression", asks(a, arm), 2, []scheduler.Job{{ID: 1, Total: 1, Needs: fallow.Needs{Node: `os.arch == "arm64"`}}}, "arm:1.0.1"},
		{"expression that fails", asks(a), 1, []scheduler.Job{{ID: 1, Total: 1, Needs: fallow.Needs{Node: `1 % (cpu.cores - 4) == 0`}}}, ""},
		{"an expression that is refused today stops no other job", asks(a), 1, []scheduler.Job{
			{ID: 1, Total: 1, Needs: fallow.Needs{Node: refusedExpression}}, {ID: 2, Total: 1}}, "a:2.0.1"},
		{"a big job does not block a small one", asks(a), 1,
			[]scheduler.Job{{ID: 1, Total: 1, Needs: fallow.Needs{Memory: fallow.TiB}}, {ID: 2, Total: 1}}, "a:2.0.1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := scheduler.Snapshot{Now: now, Asks: test.asks, Jobs: test.jobs, ActiveNodes: test.active}
			if diff := cmp.Diff(test.want, show(s, scheduler.Schedule(s))); diff != "" {
				t.Errorf("leases (-want +got):\n%s", diff)
			}
		})
	}
}
