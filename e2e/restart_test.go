package e2e

import (
	"syscall"
	"testing"

	"fallow"
)

// stopped is how an operator stops a service.
const stopped = syscall.SIGTERM

// A server that is started again has everything that it had: users, nodes, bundles,
// finished jobs and their results, and the attempts that go on meanwhile.
func TestServerRestart(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"stopped": syscall.SIGTERM, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			g := newGrid(t, 1)
			done := g.submit("run: echo kept\ncollect: {concat: stdout, into: all}\n")
			g.becomes(done, fallow.JobSucceeded)
			under := g.submit("run: sleep 3\n")
			g.running(under, 1)
			g.run("node", "label", string(g.nodes[0].id), "room=b12")
			invitation := g.joinToken(1)

			g.server.stop(signal)
			g.refused(6, "jobs")
			g.server.begin()

			g.becomes(under, fallow.JobSucceeded)
			if attempts := g.attempts(under, 0); len(attempts) != 1 {
				t.Errorf("the subjob that ran was tried %d times: %+v", len(attempts), attempts)
			}
			if got := g.read(g.results(done) + "/all"); got != "kept\n" {
				t.Errorf("the result from before is %q", got)
			}
			if room := g.known(g.nodes[0]).Labels["room"]; room != "b12" {
				t.Errorf("the node's label is %q", room)
			}
			g.nodes = append(g.nodes, g.addNode(invitation))
			g.becomes(g.submit("run: echo again\n"), fallow.JobSucceeded)
		})
	}
}
