package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"fallow"
	"fallow/internal/client"
)

// submit submits a job file and gives the job's number.
func (g *grid) submit(jobFile string) fallow.JobID {
	g.t.Helper()
	path := g.write("job.yaml", jobFile)
	var made struct{ Job fallow.JobID }
	g.runJSON(&made, "submit", path)
	return made.Job
}

// job gives a job, asking again while the server is away.
func (g *grid) job(id fallow.JobID) fallow.Job {
	g.t.Helper()
	var job fallow.Job
	g.waitUntil("an answer of the server", func() bool {
		ctx, cancel := context.WithTimeout(g.t.Context(), 5*time.Second)
		defer cancel()
		var err error
		job, err = g.client().Job(ctx, id)
		return err == nil
	})
	return job
}

// becomes waits for a state of a job and gives the job then. Another state that it
// cannot leave by itself fails the test.
func (g *grid) becomes(id fallow.JobID, state fallow.JobState) fallow.Job {
	g.t.Helper()
	var job fallow.Job
	g.waitUntil(fmt.Sprintf("job %s becomes %s", id, state), func() bool {
		job = g.job(id)
		return job.State == state || job.State.Final() || job.State == fallow.JobHeld
	}, id.String())
	if job.State != state {
		g.t.Fatalf("job %s is %s (%s), want %s; %s", id, job.State, job.Reason, state, g.run("status", "--subjobs", id.String()))
	}
	return job
}

// results waits for a job's success and gives the folder of its result.
func (g *grid) results(id fallow.JobID) string {
	g.t.Helper()
	g.becomes(id, fallow.JobSucceeded)
	dir := filepath.Join(g.dir, "results-"+id.String())
	g.run("results", id.String(), "--output", dir)
	return dir
}

// result runs a job and gives the one file of its result.
func (g *grid) result(jobFile, name string) string {
	g.t.Helper()
	return g.read(filepath.Join(g.results(g.submit(jobFile)), name))
}

// attempts gives the attempts of a subjob so far.
func (g *grid) attempts(job fallow.JobID, index int64) []client.Attempt {
	g.t.Helper()
	attempts, err := g.client().Attempts(g.t.Context(), fallow.SubjobID{Job: job, Index: index})
	g.must(err)
	return attempts
}

// running waits until so many subjobs of a job run.
func (g *grid) running(id fallow.JobID, n int64) {
	g.t.Helper()
	g.waitUntil(fmt.Sprintf("%d subjobs of job %s run", n, id), func() bool {
		return g.job(id).Counts.Running >= n
	})
}
