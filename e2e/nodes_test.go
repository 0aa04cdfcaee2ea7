package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"fallow"
)

// A draining node finishes what it runs and gets nothing new; a label chooses where
// subjobs run; a banned node is shut out until an operator lets it in.
func TestNodeStates(t *testing.T) {
	g := newGrid(t, 2)
	first, second := g.nodes[0], g.nodes[1]
	g.run("node", "label", string(first.id), "room=b12")
	labelled := g.submit("run: sleep 1.{n}\nsplit: {range: {n: 1..2}}\nneeds: {labels: {room: b12}}\n")
	g.running(labelled, 1)

	g.run("node", "drain", string(first.id), "--reason", "new disk")
	g.waitUntil("one subjob is done, the other waits", func() bool {
		c := g.job(labelled).Counts
		return c.Succeeded == 1 && c.Running == 0
	})
	g.wantIn(g.run("explain", labelled.String()), "draining", "room=b12")
	g.wantRunsOn(second, "run: echo somewhere\n")
	g.run("node", "activate", string(first.id))
	g.becomes(labelled, fallow.JobSucceeded)
	for index := range int64(2) {
		if a := g.attempts(labelled, index); len(a) != 1 || a[0].Node != first.id {
			t.Errorf("subjob %d was not run once, on the labelled node: %+v", index, a)
		}
	}

	g.run("node", "ban", string(first.id), "--reason", "stolen")
	<-first.done // the agent ends by itself
	g.wantIn(first.log(), "banned", "stolen")
	g.wantRunsOn(second, "run: echo elsewhere\n")
	g.run("node", "activate", string(first.id))
	first.begin()
	g.wantRunsOn(first, "run: echo back\nneeds: {labels: {room: b12}}\n")
}

// wantRunsOn runs a job of one subjob, which must run on a node.
func (g *grid) wantRunsOn(n *node, jobFile string) {
	g.t.Helper()
	job := g.submit(jobFile)
	g.becomes(job, fallow.JobSucceeded)
	if a := g.attempts(job, 0); len(a) != 1 || a[0].Node != n.id {
		g.t.Errorf("job %s was not run once, on %s: %+v", job, n.id, a)
	}
}

// Whoever has no valid token gets in nowhere.
func TestTokens(t *testing.T) {
	g := newGrid(t, 0)
	invitation := g.joinToken(1)
	g.addNode(invitation)
	join := func(url, token string) *call {
		return g.command(nil, "fallow-agent", "--dir", filepath.Join(g.dir, "stranger"), "join", "--enrol-only", url, token)
	}
	other := newGrid(t, 0)
	login := strings.TrimSpace(g.read(filepath.Join(g.dir, "admin-token")))
	for _, c := range []struct {
		name string
		call *call
		code int
		says string
	}{
		{"used up", join(g.url, invitation), 5, "used up"},
		{"mistyped", join(g.url, invitation[:len(invitation)-1]), 2, "cut short or mistyped"},
		{"of another grid", join(g.url, other.joinToken(1)), 5, "not of the expected grid"},
		{"login token to join", join(g.url, login), 2, "is a login token"},
		{"no server there", join("https://127.0.0.1:1", invitation), 1, "refused"},
		{"not HTTPS", join("http://127.0.0.1:1", invitation), 2, "HTTPS only"},
		{"login elsewhere", g.command(nil, "fallow", "login", other.url, login), 5, "not of the expected grid"},
		{"login by invitation", g.command(nil, "fallow", "login", g.url, invitation), 2, "join token"},
		{"login at nobody", g.command(nil, "fallow", "login", "https://127.0.0.1:1", login), 6, "refused"},
	} {
		printed := c.call.out.String() + c.call.err.String()
		if c.call.code != c.code || !strings.Contains(printed, c.says) {
			t.Errorf("%s: exit code %d, want %d with %q; it says:\n%s", c.name, c.call.code, c.code, c.says, printed)
		}
		if strings.Contains(printed, login) || strings.Contains(printed, invitation) {
			t.Errorf("%s: the token is in what it says:\n%s", c.name, printed)
		}
	}
	if n := len(g.listNodes()); n != 1 {
		t.Errorf("%d nodes joined, want 1", n)
	}
}
