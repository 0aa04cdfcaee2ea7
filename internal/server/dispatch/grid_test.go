package dispatch_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fallow"
	"fallow/internal/bundle"
	"fallow/internal/server/bundles"
	"fallow/internal/server/dispatch"
	"fallow/internal/staging/local"
	"fallow/internal/store"
	"fallow/internal/store/sqlite"
)

// grid is a dispatcher over a real database and file store, with nodes that the
// test plays.
type grid struct {
	*dispatch.Dispatcher
	t      *testing.T
	store  store.Store
	bundle fallow.Digest
	parts  dispatch.Parts

	mu         sync.Mutex
	onManifest func() // called inside a round of leases, once
	stops      []store.Lease
}

// inGrid runs a test with a grid and a clock that moves only when all wait.
func inGrid(t *testing.T, test func(t *testing.T, g *grid)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		db, err := sqlite.Open(t.Context(), filepath.Join(dir, "fallow.db"))
		must(t, err)
		defer func() { must(t, db.Close()) }()
		files, err := local.Open(filepath.Join(dir, "files"), 0)
		must(t, err)
		defer func() { must(t, files.Close()) }()
		_, key, err := ed25519.GenerateKey(nil)
		must(t, err)
		register := bundles.New(db, files, key, time.Now)
		g := &grid{t: t, store: db, bundle: addBundle(t, register, files)}
		g.parts = dispatch.Parts{
			Store: db, Bundles: hooked{register, g}, Stopper: g, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		}
		g.Dispatcher = dispatch.New(g.parts)
		test(t, g)
	})
}

func addBundle(t *testing.T, register *bundles.Register, files *local.Store) fallow.Digest {
	t.Helper()
	program := "#!/bin/sh\n"
	digest := fallow.DigestOf([]byte(program))
	_, err := files.Put(t.Context(), digest, int64(len(program)), 0, strings.NewReader(program))
	must(t, err)
	manifest, err := bundle.Marshal(fallow.Manifest{
		Format: fallow.ManifestFormat, Name: "test", OS: "linux", Arch: "amd64", Profile: fallow.ProfileStrict,
		Entries: []fallow.Entry{{Name: "test", Argv: []string{"/app/test"}}},
		Files:   []fallow.BundleFile{{Path: "/app/test", Digest: digest, Size: int64(len(program)), Exec: true}},
	})
	must(t, err)
	b, err := register.Add(t.Context(), "ada", manifest)
	must(t, err)
	return b.Digest
}

// hooked lets a test act in the middle of a round.
type hooked struct {
	*bundles.Register
	grid *grid
}

func (h hooked) Manifest(ctx context.Context, d fallow.Digest) (fallow.Manifest, error) {
	h.grid.mu.Lock()
	hook := h.grid.onManifest
	h.grid.onManifest = nil
	h.grid.mu.Unlock()
	if hook != nil {
		hook()
	}
	return h.Register.Manifest(ctx, d)
}

// Stop implements [dispatch.Stopper].
func (g *grid) Stop(node fallow.NodeID, attempt fallow.AttemptID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stops = append(g.stops, store.Lease{Node: node, Attempt: attempt})
}

func (g *grid) stopped(node fallow.NodeID, attempt fallow.AttemptID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Contains(g.stops, store.Lease{Node: node, Attempt: attempt})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (g *grid) update(fn func(store.Tx) error) {
	g.t.Helper()
	must(g.t, g.store.Update(g.t.Context(), fn))
}

// view reads one thing.
func view[T any](g *grid, read func(store.Reader) (T, error)) T {
	g.t.Helper()
	var got T
	must(g.t, g.store.View(g.t.Context(), func(r store.Reader) (err error) {
		got, err = read(r)
		return err
	}))
	return got
}

func (g *grid) job(id fallow.JobID) store.Job {
	g.t.Helper()
	return view(g, func(r store.Reader) (store.Job, error) { return r.Job(id) })
}

func (g *grid) attempt(id fallow.AttemptID) fallow.Attempt {
	g.t.Helper()
	return view(g, func(r store.Reader) (fallow.Attempt, error) { return r.Attempt(id) })
}

func (g *grid) subjob(id fallow.SubjobID) store.Subjob {
	g.t.Helper()
	return view(g, func(r store.Reader) (store.Subjob, error) { return r.Subjob(id) })
}

// nodes lets n nodes join.
func (g *grid) nodes(n int) []fallow.NodeID {
	g.t.Helper()
	ids := make([]fallow.NodeID, n)
	g.update(func(tx store.Tx) error {
		for i := range ids {
			key := []byte(fmt.Sprintf("key of node %d", i))
			ids[i] = fallow.NodeIDOf(key)
			err := tx.PutNode(fallow.Node{
				ID: ids[i], Name: fmt.Sprintf("pc%d", i), PublicKey: key, State: fallow.NodeActive,
				Inventory: fallow.Inventory{OS: "linux", Arch: "amd64", Cores: 8, Memory: 64 * fallow.GiB, Disk: 64 * fallow.GiB},
				Joined:    time.Now(), LastSeen: time.Now(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return ids
}

// submit stores a job of some subjobs; change, if not nil, alters it before.
func (g *grid) submit(subjobs int64, change func(*fallow.JobSpec)) fallow.JobID {
	g.t.Helper()
	spec := fallow.JobSpec{
		Name: "test", Command: []string{"test"}, Bundle: g.bundle, Retries: 3,
		Split: fallow.Split{Range: &fallow.RangeSplit{Name: "n", From: 1, To: subjobs, Step: 1}},
	}
	if change != nil {
		change(&spec)
	}
	var id fallow.JobID
	g.update(func(tx store.Tx) (err error) {
		id, err = tx.CreateJob("ada", "", spec, subjobs, time.Now())
		return err
	})
	g.Offer()
	return id
}

var room = fallow.Resources{Cores: 8, Memory: 64 * fallow.GiB, Disk: 64 * fallow.GiB}

// lease asks for at most n attempts without waiting.
func (g *grid) lease(node fallow.NodeID, n int) []fallow.AttemptID {
	g.t.Helper()
	grants, err := g.Lease(g.t.Context(), node, room, n, 0)
	must(g.t, err)
	ids := make([]fallow.AttemptID, len(grants))
	for i, got := range grants {
		ids[i] = got.Attempt
	}
	return ids
}

// lease1 wants exactly one attempt.
func (g *grid) lease1(node fallow.NodeID) fallow.AttemptID {
	g.t.Helper()
	ids := g.lease(node, 1)
	if len(ids) != 1 {
		g.t.Fatalf("node %s was leased %v, want one attempt", node, ids)
	}
	return ids[0]
}

// report tells how an attempt ended, after a minute's work.
func (g *grid) report(node fallow.NodeID, id fallow.AttemptID, kind fallow.OutcomeKind) bool {
	g.t.Helper()
	counted, err := g.Report(g.t.Context(), dispatch.Report{Node: node, Attempt: id, Outcome: fallow.Outcome{
		Kind: kind, Reason: "the test said so", ExitCode: 1, Wall: time.Minute,
	}})
	must(g.t, err)
	return counted
}

func (g *grid) beat(node fallow.NodeID, running ...fallow.AttemptID) dispatch.Pulse {
	g.t.Helper()
	pulse, err := g.Heartbeat(g.t.Context(), dispatch.Heartbeat{Node: node, Running: running})
	must(g.t, err)
	return pulse
}

// watched runs the watch over leases while test runs.
func (g *grid) watched(test func()) {
	ctx, stop := context.WithCancel(g.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := g.Watch(ctx); err != nil {
			g.t.Error(err)
		}
	})
	defer wg.Wait()
	defer stop()
	test()
}

// pass lets time pass, and everything that happens in it.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (g *grid) restart(node fallow.NodeID) {
	g.t.Helper()
	_, err := g.Heartbeat(g.t.Context(), dispatch.Heartbeat{Node: node, Restarted: true})
	must(g.t, err)
}

// reportQuick tells of a failure after no time.
func (g *grid) reportQuick(node fallow.NodeID, id fallow.AttemptID) {
	g.t.Helper()
	g.reportEnd(node, id, fallow.Outcome{Kind: fallow.NotStarted, Reason: "no such file"})
}

func (g *grid) reportEnd(node fallow.NodeID, id fallow.AttemptID, o fallow.Outcome) {
	g.t.Helper()
	_, err := g.Report(g.t.Context(), dispatch.Report{Node: node, Attempt: id, Outcome: o})
	must(g.t, err)
}
