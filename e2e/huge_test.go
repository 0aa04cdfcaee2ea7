package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"fallow"
)

// A sweep of ten million points is one row: it is there at once, everything about
// it can be asked at once, and it is gone at once.
func TestTenMillionSubjobs(t *testing.T) {
	g := newGrid(t, 1)
	before := g.databaseSize()
	job := g.submit("name: huge\nrun: sleep {a}{b}\nsplit: {sweep: {a: 1..10000, b: 1..1000}}\n")
	g.running(job, 1)
	if grown := g.databaseSize() - before; grown > 1<<20 {
		t.Errorf("the server's database grew by %d bytes", grown)
	}
	began := time.Now()
	g.wantIn(g.run("jobs"), "0/10000000")
	g.wantIn(g.run("status", "1"), "10000000")
	g.wantIn(g.run("explain", "1.0"), "1.0.1")
	g.wantIn(g.run("explain", "1.9999999"), "9999998 subjobs of its job come before it")
	g.refused(4, "explain", "1.10000000")
	g.run("cancel", "1")
	cancelled := g.becomes(job, fallow.JobCancelled)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("six commands took %s", took)
	}
	if c := cancelled.Counts; c.Waiting != 0 || c.Running != 0 || c.Cancelled != c.Total {
		t.Errorf("a cancelled job counts %+v", c)
	}
	g.waitUntil("the node runs nothing", func() bool { return len(g.nodes[0].programs()) == 0 })
}

// databaseSize is how many bytes the server's database has, journal included.
func (g *grid) databaseSize() int64 {
	g.t.Helper()
	files, err := filepath.Glob(filepath.Join(g.dir, "server", "fallow.db*"))
	g.must(err)
	var size int64
	for _, file := range files {
		info, err := os.Stat(file)
		g.must(err)
		size += info.Size()
	}
	return size
}
