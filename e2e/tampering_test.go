package e2e

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the server's database

	"fallow"
)

// readJob prints what the script's author and the input's wrote.
const readJob = `run: read.sh {in}/data.txt
app: {script: read.sh}
inputs: [data.txt]
collect: {concat: stdout, into: all}
`

const readScript = "#!/bin/sh\nread -r line < \"$1\"\necho \"the script says: $line\"\n"

// What was changed on a node after it was checked is never run or read: it is
// fetched again, and the subjob succeeds.
func TestTamperingOnANode(t *testing.T) {
	g := newGrid(t, 1)
	g.write("read.sh", readScript)
	g.write("data.txt", "forty-two\n")
	const want = "the script says: forty-two\n"
	if got := g.result(readJob, "all"); got != want {
		t.Fatalf("it printed %q, want %q", got, want)
	}
	n := g.nodes[0]

	g.flip(g.fileWith(filepath.Join(n.dir, "trees"), readScript))
	g.flip(g.fileWith(filepath.Join(n.dir, "cache"), readScript))
	job := g.submit(readJob)
	if got := g.read(filepath.Join(g.results(job), "all")); got != want {
		t.Errorf("with a changed program it printed %q, want %q", got, want)
	}
	if first := g.firstOutcome(job); first.Kind != fallow.Tampered || !strings.Contains(first.Reason, "read.sh") {
		t.Errorf("the first attempt: %s (%s), want tampered with the file's name", first.Kind, first.Reason)
	}

	g.flip(g.fileWith(filepath.Join(n.dir, "cache"), "forty-two\n"))
	if got := g.result(readJob, "all"); got != want {
		t.Errorf("with a changed input it printed %q, want %q", got, want)
	}
	g.wantIn(n.log(), "a cached file was damaged and is fetched again")
}

// What was changed in the server's store reaches no program: the node notices, and
// the reason says so.
func TestTamperingInTheStore(t *testing.T) {
	g := newGrid(t, 0)
	g.write("data.txt", "forty-two\n")
	job := g.submit("run: cat {in}/data.txt\ninputs: [data.txt]\ncollect: {concat: stdout, into: all}\n")
	g.flip(g.fileWith(filepath.Join(g.dir, "server", "files"), "forty-two\n"))
	g.addNodes(1)
	o := g.firstOutcome(job)
	if o.Kind != fallow.Tampered || !strings.Contains(o.Reason, "data.txt") {
		t.Errorf("the attempt: %s (%s), want tampered with the file's name", o.Kind, o.Reason)
	}
	g.run("cancel", job.String())
}

// firstOutcome waits for the end of the first attempt of a job's first subjob.
func (g *grid) firstOutcome(job fallow.JobID) fallow.Outcome {
	g.t.Helper()
	g.waitUntil("the end of an attempt", func() bool {
		attempts := g.attempts(job, 0)
		return len(attempts) > 0 && !attempts[0].Running()
	}, job.String())
	return g.attempts(job, 0)[0].Outcome
}

// fileWith finds the file with a content below a folder.
func (g *grid) fileWith(dir, content string) string {
	g.t.Helper()
	found := ""
	g.must(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && g.read(path) == content {
			found = path
		}
		return err
	}))
	if found == "" {
		g.t.Fatalf("no file in %s has the content %q", dir, content)
	}
	return found
}

// A bundle that bears another signature than the grid's is not run, even if the
// server's database says so.
func TestForgedSignature(t *testing.T) {
	g := newGrid(t, 0)
	job := g.submit("run: echo forged\n")
	g.server.stop(stopped)
	g.forgeSignatures()
	g.server.begin()
	g.job(job) // the server is back
	g.addNodes(1)
	if o := g.firstOutcome(job); o.Kind != fallow.Tampered || !strings.Contains(o.Reason, "signature") {
		t.Errorf("the attempt: %s (%s), want tampered by its signature", o.Kind, o.Reason)
	}
	if strings.Contains(g.run("logs", "1.0"), "forged\n") {
		t.Error("the program was run")
	}
	g.run("cancel", job.String())
}

// forgeSignatures changes a bit of each bundle's signature in the server's database.
func (g *grid) forgeSignatures() {
	g.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(g.dir, "server", "fallow.db"))
	g.must(err)
	defer db.Close()
	var signature []byte
	g.must(db.QueryRow(`SELECT signature FROM bundles`).Scan(&signature))
	signature[0] ^= 1
	_, err = db.Exec(`UPDATE bundles SET signature = ?`, signature)
	g.must(err)
}
