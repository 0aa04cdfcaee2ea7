package main

import (
	"context"
	"io"

	"fallow/internal/client"
)

// jobsCmd lists jobs.
type jobsCmd struct {
	All        bool `help:"Everyone's jobs, for operators."`
	Unfinished bool `help:"Only jobs that are not at their end."`
	Limit      int  `default:"50" help:"At most so many, the latest; 0 means all."`
}

// Help implements [kong.HelpProvider].
func (jobsCmd) Help() string {
	return `Lists jobs, the latest first.

Example:

    fallow jobs --unfinished`
}

// Run implements the command.
func (c *jobsCmd) Run(ctx context.Context, e *env) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		var rows [][]string
		for job, err := range conn.Jobs(ctx, client.JobFilter{AllOwners: c.All, Unfinished: c.Unfinished}) {
			if err != nil {
				return err
			}
			if c.Limit > 0 && len(rows) == c.Limit {
				break
			}
			rows = append(rows, jobRow(job))
			if err := e.object(viewJob(job)); err != nil {
				return err
			}
		}
		return e.text(func(w io.Writer) { writeTable(w, jobHeading, rows) })
	})
}
