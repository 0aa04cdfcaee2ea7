package dispatch_test

import (
	"testing"
	"time"

	"fallow"
	"fallow/internal/server/dispatch"
	"fallow/internal/store"
)

func TestSilentNodeLosesItsAttempts(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(2)
		g.submit(2, nil)
		silent, alive := g.lease1(nodes[0]), g.lease1(nodes[1])
		g.watched(func() {
			for range 9 {
				pass(fallow.HeartbeatTime)
				g.beat(nodes[1], alive)
			}
			if o := g.attempt(silent).Outcome; o.Kind != fallow.Lost || o.Wall < fallow.LeaseTime {
				t.Errorf("attempt of the silent node: %+v, want lost", o)
			}
			if s := g.subjob(silent.Subjob).State; s != store.SubjobWaiting {
				t.Errorf("its subjob is %s, want waiting", s)
			}
			if !g.attempt(alive).Running() {
				t.Error("the attempt of a node that speaks was lost")
			}
		})
	})
}

func TestLeaseIsNotLostBeforeItsTime(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		node := g.nodes(1)[0]
		g.submit(1, nil)
		id := g.lease1(node)
		g.watched(func() {
			pass(fallow.LeaseTime - time.Second)
			if !g.attempt(id).Running() {
				t.Error("lost before the lease ran out")
			}
		})
	})
}

// More nodes than one transaction concludes fall silent at once.
func TestManyAreLostAtOnce(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(40)
		job := g.submit(320, nil)
		for _, node := range nodes {
			g.lease(node, 8)
		}
		g.watched(func() { pass(fallow.LeaseTime + 2*time.Second) })
		if c := g.job(job).Counts; c.Waiting != 320 {
			t.Errorf("counts %+v, want all waiting", c)
		}
	})
}

// A server that was away lets the nodes speak first.
func TestRestartedServerGivesNodesTime(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		node := g.nodes(1)[0]
		g.submit(1, nil)
		id := g.lease1(node)
		pass(time.Hour)
		g.Dispatcher = dispatch.New(g.parts)
		g.watched(func() {
			pass(fallow.HeartbeatTime)
			g.beat(node, id)
			pass(fallow.LeaseTime)
			if !g.attempt(id).Running() {
				t.Error("the attempt was lost because the server was away")
			}
			pass(fallow.LeaseTime)
			if g.attempt(id).Running() {
				t.Error("the attempt of a silent node is not lost")
			}
		})
	})
}

func TestRestartedAgentLosesWhatItDoesNotRun(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(2)
		g.submit(3, nil)
		lost, other := g.lease(nodes[0], 2), g.lease1(nodes[1])
		g.restart(nodes[0])
		for _, id := range lost {
			if k := g.attempt(id).Outcome.Kind; k != fallow.Lost {
				t.Errorf("%s ended as %q, want lost", id, k)
			}
		}
		if !g.attempt(other).Running() {
			t.Error("another node's attempt was lost")
		}
	})
}

func TestLeaseThatNeverArrivedIsLostAfterTwoHeartbeats(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		node := g.nodes(1)[0]
		g.submit(2, nil)
		unheard, runs := g.lease1(node), g.lease1(node)
		for range 2 {
			pass(fallow.HeartbeatTime)
			g.beat(node, runs)
			if !g.attempt(unheard).Running() {
				t.Fatal("lost too early: the answer may be on its way")
			}
		}
		pass(fallow.HeartbeatTime)
		g.beat(node, runs)
		if k := g.attempt(unheard).Outcome.Kind; k != fallow.Lost {
			t.Errorf("attempt that the node never listed: %q, want lost", k)
		}
		if !g.attempt(runs).Running() {
			t.Error("the attempt that it lists was lost")
		}
	})
}

// A node that was away comes back with an attempt that was given up: it goes on
// until another one was faster.
func TestLostAttemptGoesOnWhileItIsWanted(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		nodes := g.nodes(2)
		g.submit(1, nil)
		away := loseAttempt(g, nodes[0])
		if pulse := g.beat(nodes[0], away); len(pulse.Stop) > 0 {
			t.Errorf("told to stop %v although it may be the first to succeed", pulse.Stop)
		}
		pass(5 * time.Second)
		g.report(nodes[1], g.lease1(nodes[1]), fallow.Succeeded)
		if pulse := g.beat(nodes[0], away); len(pulse.Stop) != 1 {
			t.Errorf("told to stop %v, want the attempt that came too late", pulse.Stop)
		}
		never := fallow.AttemptID{Subjob: fallow.SubjobID{Job: 99}, Number: 1}
		if pulse := g.beat(nodes[0], never); len(pulse.Stop) != 1 {
			t.Errorf("told to stop %v, want the attempt that never was", pulse.Stop)
		}
	})
}

func TestHeartbeatKeepsTheNodeSeenAndMeasured(t *testing.T) {
	inGrid(t, func(t *testing.T, g *grid) {
		node := g.nodes(1)[0]
		pass(time.Hour)
		inventory := fallow.Inventory{OS: "linux", Arch: "amd64", Cores: 2, Memory: fallow.GiB, Disk: fallow.GiB}
		pulse, err := g.Heartbeat(t.Context(), dispatch.Heartbeat{Node: node, Inventory: &inventory})
		must(t, err)
		n := view(g, func(r store.Reader) (fallow.Node, error) { return r.Node(node) })
		if pulse.State != fallow.NodeActive || n.Inventory.Cores != 2 || time.Since(n.LastSeen) > time.Second {
			t.Errorf("node %+v, pulse %+v", n, pulse)
		}
	})
}
