package main

import (
	"context"
	"fmt"
	"io"

	"fallow"
	"fallow/internal/client"
)

// cancelCmd ends a job.
type cancelCmd struct {
	Job jobName `arg:"" help:"The job, such as 12."`
}

// Help implements [kong.HelpProvider].
func (cancelCmd) Help() string {
	return `Ends a job: what waits is never started, what runs is stopped. It can't be taken back.

Example:

    fallow cancel 12`
}

// Run implements the command.
func (c *cancelCmd) Run(ctx context.Context, e *env) error {
	return changeJob(ctx, e, c.Job.id, (*client.Client).Cancel, "cancelled")
}

// changeJob does something to a job and shows the job then.
func changeJob(ctx context.Context, e *env, id fallow.JobID, change func(*client.Client, context.Context, fallow.JobID) error, done string) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		if err := change(conn, ctx, id); err != nil {
			return err
		}
		job, err := conn.Job(ctx, id)
		if err != nil {
			return err
		}
		return e.show(viewJob(job), func(w io.Writer) {
			fmt.Fprintf(w, "Job %s is %s: %s.\n", id, done, progressText(job.Counts))
		})
	})
}
