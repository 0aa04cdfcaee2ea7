package life_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fallow"
	"fallow/internal/bundle"
	"fallow/internal/jobs/life"
	"fallow/internal/server/bundles"
	"fallow/internal/staging"
	"fallow/internal/staging/local"
	"fallow/internal/store"
	"fallow/internal/store/sqlite"
)

// grid is a database and a file store on this machine's disk.
type grid struct {
	t         *testing.T
	dir       string
	store     store.Store
	files     *local.Store
	bundle    fallow.Digest
	submitter life.Submitter
	collector life.Collector
}

func newGrid(t *testing.T) *grid {
	t.Helper()
	dir := t.TempDir()
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "fallow.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	files, err := local.Open(filepath.Join(dir, "files"), 0)
	must(t, err)
	t.Cleanup(func() { must(t, files.Close()) })
	_, key, err := ed25519.GenerateKey(nil)
	must(t, err)
	register := bundles.New(db, files, key, time.Now)
	g := &grid{
		t: t, dir: dir, store: db, files: files,
		submitter: life.Submitter{Store: db, Files: files, Bundles: register, Now: time.Now},
		collector: life.Collector{Store: db, Files: files, Temp: dir, Now: time.Now, Log: slog.New(slog.DiscardHandler)},
	}
	program := g.put("#!/bin/sh\n")
	manifest, err := bundle.Marshal(fallow.Manifest{
		Format: fallow.ManifestFormat, Name: "test", OS: "linux", Arch: "amd64", Profile: fallow.ProfileStrict,
		Entries: []fallow.Entry{{Name: "test", Argv: []string{"/app/test"}}},
		Files:   []fallow.BundleFile{{Path: "/app/test", Digest: program.Digest, Size: program.Size, Exec: true}},
	})
	must(t, err)
	b, err := register.Add(t.Context(), "ada", manifest)
	must(t, err)
	g.bundle = b.Digest
	return g
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put stores a file.
func (g *grid) put(content string) fallow.FileRef {
	g.t.Helper()
	ref := fallow.FileRef{Digest: fallow.DigestOf([]byte(content)), Size: int64(len(content))}
	_, err := g.files.Put(g.t.Context(), ref.Digest, ref.Size, 0, bytes.NewReader([]byte(content)))
	must(g.t, err)
	return ref
}

func (g *grid) spec() fallow.JobSpec {
	return fallow.JobSpec{
		Name: "test", Command: []string{"test", "{n}"}, Bundle: g.bundle,
		Split: fallow.Split{Range: &fallow.RangeSplit{Name: "n", From: 1, To: 3, Step: 1}},
	}
}

// job reads a job as it is now.
func (g *grid) job(id fallow.JobID) store.Job {
	g.t.Helper()
	var job store.Job
	must(g.t, g.store.View(g.t.Context(), func(r store.Reader) (err error) {
		job, err = r.Job(id)
		return err
	}))
	return job
}

// ended stores a job whose subjobs have all ended, each with a result "out" of the
// given content; "" stands for a subjob that failed.
func (g *grid) ended(c fallow.Collect, outs ...string) fallow.JobID {
	g.t.Helper()
	spec := g.spec()
	spec.Collect = c
	var id fallow.JobID
	must(g.t, g.store.Update(g.t.Context(), func(tx store.Tx) (err error) {
		if id, err = tx.CreateJob("ada", "", spec, int64(len(outs)), time.Now()); err != nil {
			return err
		}
		leases := make([]store.Lease, len(outs))
		for i := range outs {
			leases[i] = store.Lease{Node: "node", Started: time.Now(), Expires: time.Now().Add(time.Hour), Attempt: fallow.AttemptID{
				Subjob: fallow.SubjobID{Job: id, Index: int64(i)}, Number: 1,
			}}
		}
		return tx.Lease(leases)
	}))
	for i, out := range outs {
		g.end(fallow.SubjobID{Job: id, Index: int64(i)}, out)
	}
	must(g.t, g.store.Update(g.t.Context(), func(tx store.Tx) error {
		return tx.SetJobState(id, fallow.JobCollecting, "", time.Now())
	}))
	return id
}

func (g *grid) end(id fallow.SubjobID, out string) {
	g.t.Helper()
	o := fallow.Outcome{Kind: fallow.Failed, Reason: "exit code 1"}
	s := store.Subjob{ID: id, State: store.SubjobFailed, Reason: o.Reason}
	if out != "" {
		file := g.put(out)
		file.Path = "out"
		o = fallow.Outcome{Kind: fallow.Succeeded}
		s = store.Subjob{ID: id, State: store.SubjobSucceeded, Results: []fallow.FileRef{file}}
	}
	must(g.t, g.store.Update(g.t.Context(), func(tx store.Tx) error {
		if err := tx.EndAttempt(fallow.AttemptID{Subjob: id, Number: 1}, o, time.Now()); err != nil {
			return err
		}
		return tx.SetSubjob(s, time.Now())
	}))
}

// collecting runs the collector while wait waits.
func (g *grid) collecting(wait func()) {
	g.t.Helper()
	ctx, stop := context.WithCancel(g.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := g.collector.Run(ctx, nil); err != nil && ctx.Err() == nil {
			g.t.Error(err)
		}
	})
	defer wg.Wait()
	defer stop()
	wait()
}

// collected gives a job once it is final.
func (g *grid) collected(id fallow.JobID) store.Job {
	g.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if job := g.job(id); job.State.Final() {
			return job
		}
	}
	g.t.Fatalf("job %s is not final: %+v", id, g.job(id))
	return store.Job{}
}

// content reads a file of the store.
func content(t *testing.T, files staging.Store, d fallow.Digest) string {
	t.Helper()
	file, err := files.Open(t.Context(), d)
	must(t, err)
	defer file.Close()
	raw, err := io.ReadAll(io.NewSectionReader(file, 0, file.Size()))
	must(t, err)
	return string(raw)
}

// cancelling cancels the oldest collecting job right before the collector ends it.
type cancelling struct {
	store.Store
	grid *grid
}

func (c cancelling) Update(ctx context.Context, fn func(store.Tx) error) error {
	return c.Store.Update(ctx, func(tx store.Tx) error {
		first, err := tx.Job(1)
		if err == nil && first.State == fallow.JobCollecting {
			err = tx.SetJobState(1, fallow.JobCancelled, "cancelled by ada", time.Now())
		}
		if err != nil {
			return err
		}
		return fn(tx)
	})
}
