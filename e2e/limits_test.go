package e2e

import (
	"strings"
	"testing"

	"fallow"
)

// What a subjob may not do ends it, and after the rules' attempts its job, with the
// reason.
func TestLimits(t *testing.T) {
	g := newGrid(t, 3)
	for _, c := range []struct {
		name, job string
		outcome   fallow.OutcomeKind
		attempts  int
		nodes     int
		reason    string
	}{
		{"memory", "run: dd if=/dev/zero of=/dev/null bs=200M count=1\nneeds: {memory: 64MiB}\n", fallow.OverLimit, 3, 3, "memory"},
		{"disk", "run: dd if=/dev/zero of=/work/x bs=1M count=40\nneeds: {disk: 8MiB}\n", fallow.OverLimit, 3, 3, "8MiB"},
		{"output", "run: head -c 9000000 /dev/zero\nneeds: {output: 1MiB}\ncollect: {concat: stdout, into: x}\n", fallow.OverLimit, 3, 3, "1MiB"},
		{"too long", "run: sleep 60\nneeds: {time: {max: 1s}}\n", fallow.TooLong, 1, 1, "1s"},
		{"too short", "run: 'true'\nneeds: {time: {min: 30s}}\n", fallow.TooShort, 2, 2, "30s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := g.in(t)
			job := g.submit(c.job)
			g.becomes(job, fallow.JobFailed)
			nodes := map[fallow.NodeID]bool{}
			attempts := g.attempts(job, 0)
			for _, a := range attempts {
				nodes[a.Node] = true
				if a.Outcome.Kind != c.outcome || !strings.Contains(a.Outcome.Reason, c.reason) {
					t.Errorf("attempt %s: %s (%s), want %s with %q", a.ID, a.Outcome.Kind, a.Outcome.Reason, c.outcome, c.reason)
				}
			}
			if len(attempts) != c.attempts || len(nodes) != c.nodes {
				t.Errorf("%d attempts on %d nodes, want %d on %d", len(attempts), len(nodes), c.attempts, c.nodes)
			}
		})
	}
}
