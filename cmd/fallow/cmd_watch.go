package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"fallow"
	"fallow/internal/client"
)

// watchCmd follows a job.
type watchCmd struct {
	Job jobName `arg:"" help:"The job, such as 12."`
}

// Help implements [kong.HelpProvider].
func (watchCmd) Help() string {
	return `Follows a job until it has ended or is held, across restarts of the server. On a terminal one line shows the progress, otherwise each change is a line. Ends with exit code 0 if the job succeeded and 3 if not. Interrupting 'watch' does nothing to the job.

Example:

    fallow watch 12 && fallow results 12`
}

// Run implements the command.
func (c *watchCmd) Run(ctx context.Context, e *env) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		return watchJob(ctx, e, conn, c.Job.id)
	})
}

// watchPoll is the time between two looks at a job, and maxOutage how long the
// server may be unreachable before 'watch' gives up.
const (
	watchPoll = time.Second
	maxOutage = 10 * time.Minute
)

// watchJob follows a job and ends with its final state: as an error if it did not
// succeed.
func watchJob(ctx context.Context, e *env, conn *client.Client, id fallow.JobID) error {
	line := newProgress(e)
	defer line.clear()
	var last fallow.Job
	reached := time.Now()
	for {
		job, err := conn.Job(ctx, id)
		switch {
		case err == nil:
			reached = time.Now()
			if err := line.job(job, last); err != nil {
				return err
			}
			if job.State.Final() || job.State == fallow.JobHeld {
				return finalState(e, line, job)
			}
			last = job
		case fallow.CodeOf(err) != fallow.CodeUnavailable || time.Since(reached) > maxOutage || ctx.Err() != nil:
			return err
		default:
			line.status("the server can't be reached, trying again")
		}
		if err := waitFor(ctx, watchPoll); err != nil {
			return err
		}
	}
}

// finalState reports the end of a watched job.
func finalState(e *env, line *progress, job fallow.Job) error {
	line.clear()
	err := e.text(func(w io.Writer) {
		fmt.Fprintf(w, "job %s %s: %s\n", job.ID, job.State, progressText(job.Counts))
		if job.Reason != "" {
			fmt.Fprintf(w, "  %s\n", oneLine(job.Reason))
		}
		if next := nextStep(job); next != "" {
			fmt.Fprintln(w, next)
		}
	})
	if err == nil && job.State != fallow.JobSucceeded {
		return exit(exitUnsuccess)
	}
	return err
}

// waitFor waits, or gives the context's error if that comes first.
func waitFor(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
