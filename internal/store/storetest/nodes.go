package storetest

import (
	"errors"
	"testing"
	"time"

	"fallow"
	"fallow/internal/store"
)

var desktop = fallow.Node{
	ID: "a", Name: "desk", PublicKey: []byte{1, 0, 255}, State: fallow.NodeActive, Reason: "new",
	Inventory: fallow.Inventory{OS: "linux", Arch: "amd64", CPUModel: "X", Cores: 4, CPUSpeed: 1.25,
		Memory: 8 * fallow.GiB, Disk: fallow.TiB, Version: "1", Features: []string{"userns"}, Systems: []string{"/usr"}},
	Labels: map[string]string{"room": "B12"}, Joined: now, LastSeen: now,
	Quarantine: fallow.Quarantine{Quick: []fallow.SubjobID{{Job: 1, Index: 2}}, Until: now, Backoff: time.Second},
}

func node(t fataler, s store.Store, id fallow.NodeID) fallow.Node {
	t.Helper()
	return get(t, s, func(r store.Reader) (fallow.Node, error) { return r.Node(id) })
}

func testNodes(t *testing.T, s store.Store) {
	second := desktop
	second.ID, second.Name = "b", "other"
	update(t, s, func(tx store.Tx) error { return errors.Join(tx.PutNode(second), tx.PutNode(desktop)) })
	nodes := func(after fallow.NodeID, limit int) []fallow.Node {
		return get(t, s, func(r store.Reader) ([]fallow.Node, error) { return r.Nodes(after, limit) })
	}
	same(t, "node", desktop, node(t, s, "a"))
	same(t, "all nodes", []fallow.Node{desktop, second}, nodes("", 9))
	same(t, "the first", []fallow.Node{desktop}, nodes("", 1))
	same(t, "the rest", []fallow.Node{second}, nodes("a", 9))

	id := createJob(t, s, 3)
	lease(t, s, "a", id, 0, 2)
	if got := node(t, s, "a").Running; got != 2 {
		t.Errorf("%d attempts run on the node, want 2", got)
	}
	again := fallow.Node{ID: "a", Name: "renamed", Inventory: fallow.Inventory{Cores: 8}, State: fallow.NodeBanned}
	update(t, s, func(tx store.Tx) error { return tx.PutNode(again) })
	want := desktop
	want.Name, want.Inventory, want.Running = again.Name, again.Inventory, 2
	same(t, "a node that enrolled again", want, node(t, s, "a"))
}

func testNodeStates(t *testing.T, s store.Store) {
	want := desktop
	want.State, want.Reason = fallow.NodeBanned, "stolen"
	want.Inventory.Disk = 5
	want.Quarantine = fallow.Quarantine{Quick: []fallow.SubjobID{{Job: 3, Index: 4}}, Until: now.Add(time.Hour), Backoff: time.Minute}
	want.Labels = map[string]string{"floor": "2"}
	want.LastSeen = now.Add(time.Minute)
	update(t, s, func(tx store.Tx) error {
		return errors.Join(
			tx.PutNode(desktop),
			tx.SetNodeState("a", want.State, want.Reason),
			tx.SetInventory("a", want.Inventory),
			tx.SetQuarantine("a", want.Quarantine),
			tx.SetLabels("a", want.Labels),
			tx.SeenNodes([]fallow.NodeID{"a", "unknown"}, want.LastSeen),
			tx.SeenNodes([]fallow.NodeID{"a"}, now),
		)
	})
	same(t, "node", want, node(t, s, "a"))
}

func testActiveNodes(t *testing.T, s store.Store) {
	add := func(id fallow.NodeID, state fallow.NodeState, seen, until time.Time) {
		n := desktop
		n.ID, n.State, n.LastSeen, n.Quarantine.Until = id, state, seen, until
		update(t, s, func(tx store.Tx) error { return tx.PutNode(n) })
	}
	old := now.Add(-time.Hour)
	add("active", fallow.NodeActive, now, time.Time{})
	add("silent", fallow.NodeActive, old, time.Time{})
	add("draining", fallow.NodeDraining, now, time.Time{})
	add("banned", fallow.NodeBanned, now, time.Time{})
	add("quarantined", fallow.NodeQuarantined, now, now.Add(time.Second))
	add("quarantined before", fallow.NodeQuarantined, now, now)
	count := func(since time.Time) int {
		return get(t, s, func(r store.Reader) (int, error) { return r.ActiveNodes(since) })
	}
	if got := count(now); got != 2 {
		t.Errorf("%d active nodes, want 2", got)
	}
	if got := count(old); got != 3 {
		t.Errorf("%d active nodes within the hour, want 3", got)
	}
}

func testJoinTokens(t *testing.T, s store.Store) {
	token := store.JoinToken{Hash: [32]byte{7}, Expires: now.Add(time.Minute), Uses: 2}
	update(t, s, func(tx store.Tx) error { return tx.PutJoinToken(token) })
	use := func(hash byte, at time.Time) error {
		return s.Update(t.Context(), func(tx store.Tx) error { return tx.UseJoinToken([32]byte{hash}, at) })
	}
	tests := []struct {
		name string
		hash byte
		at   time.Time
		ok   bool
	}{
		{"unknown", 8, now, false},
		{"expired", 7, token.Expires, false},
		{"first use", 7, now, true},
		{"second use", 7, now, true},
		{"used up", 7, now, false},
	}
	for _, test := range tests {
		err := use(test.hash, test.at)
		if (err == nil) != test.ok || err != nil && fallow.CodeOf(err) != fallow.CodeDenied {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func testNotFound(t *testing.T, s store.Store) {
	createJob(t, s, 5)
	discard := func(_ any, err error) error { return err }
	never, nobody := fallow.SubjobID{Job: 1, Index: 1}, fallow.NodeID("nobody")
	reads := map[string]func(store.Tx) error{
		"job":              func(tx store.Tx) error { return discard(tx.Job(9)) },
		"job by key":       func(tx store.Tx) error { return discard(tx.JobWithKey("ada", "k")) },
		"job by empty key": func(tx store.Tx) error { return discard(tx.JobWithKey("ada", "")) },
		"subjob":           func(tx store.Tx) error { return discard(tx.Subjob(never)) },
		"attempt":          func(tx store.Tx) error { return discard(tx.Attempt(attempt(1, 0, 1))) },
		"node":             func(tx store.Tx) error { return discard(tx.Node(nobody)) },
		"user":             func(tx store.Tx) error { return discard(tx.UserByToken([32]byte{1})) },
		"bundle":           func(tx store.Tx) error { return discard(tx.Bundle(fallow.Digest{1})) },
		"bundle by name":   func(tx store.Tx) error { return discard(tx.BundleNamed("u", "x", "")) },
		"lease":            func(tx store.Tx) error { return tx.Lease([]store.Lease{leaseOf("a", attempt(9, 0, 1))}) },
		"end of an attempt": func(tx store.Tx) error {
			return tx.EndAttempt(attempt(1, 0, 1), fallow.Outcome{Kind: fallow.Lost}, now)
		},
		"subjob's state":    func(tx store.Tx) error { return tx.SetSubjob(store.Subjob{ID: never, State: store.SubjobFailed}, now) },
		"job's state":       func(tx store.Tx) error { return tx.SetJobState(9, fallow.JobHeld, "", now) },
		"job's results":     func(tx store.Tx) error { return tx.SetJobResults(9, nil) },
		"job's nodes":       func(tx store.Tx) error { return tx.SetFailedNodes(9, nil) },
		"job's ends":        func(tx store.Tx) error { return tx.SetRecent(9, nil) },
		"job's subjobs":     func(tx store.Tx) error { return tx.CancelSubjobs(9, now) },
		"node's state":      func(tx store.Tx) error { return tx.SetNodeState(nobody, fallow.NodeBanned, "") },
		"node's inventory":  func(tx store.Tx) error { return tx.SetInventory(nobody, fallow.Inventory{}) },
		"node's labels":     func(tx store.Tx) error { return tx.SetLabels(nobody, nil) },
		"node's quarantine": func(tx store.Tx) error { return tx.SetQuarantine(nobody, fallow.Quarantine{}) },
	}
	for name, read := range reads {
		wantCode(t, s, fallow.CodeNotFound, name, read)
	}
}
