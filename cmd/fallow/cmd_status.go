package main

import (
	"context"
	"fmt"
	"io"

	"fallow"
	"fallow/internal/client"
)

// statusCmd shows a job or a subjob.
type statusCmd struct {
	Thing   thing  `arg:"" name:"job|subjob" help:"A job, such as 12, or a subjob, such as 12.7."`
	Subjobs bool   `help:"Of a job, also list the subjobs that were ever given to a node."`
	State   string `enum:",waiting,running,succeeded,failed,cancelled" default:"" placeholder:"STATE" help:"With --subjobs, only those in this state: waiting, running, succeeded, failed or cancelled."`
}

// Help implements [kong.HelpProvider].
func (statusCmd) Help() string {
	return `Shows where a job stands, or a subjob with all its attempts.

Example:

    fallow status 12
    fallow status 12 --subjobs --state failed
    fallow status 12.7`
}

// Run implements the command.
func (c *statusCmd) Run(ctx context.Context, e *env) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		if c.Thing.isSubjob {
			return showSubjob(ctx, e, conn, c.Thing.subjob)
		}
		job, err := conn.Job(ctx, c.Thing.subjob.Job)
		if err != nil {
			return err
		}
		if err := e.show(viewJob(job), func(w io.Writer) { writeJob(w, job) }); err != nil || !c.Subjobs {
			return err
		}
		return c.listSubjobs(ctx, e, conn, job.ID)
	})
}

func (c *statusCmd) listSubjobs(ctx context.Context, e *env, conn *client.Client, id fallow.JobID) error {
	var rows [][]string
	for s, err := range conn.Subjobs(ctx, id, c.State) {
		if err != nil {
			return err
		}
		if err := e.object(viewSubjob(s)); err != nil {
			return err
		}
		if !e.json {
			rows = append(rows, []string{s.ID.String(), s.State, fmt.Sprint(s.Attempts), s.Reason})
		}
	}
	return e.text(func(w io.Writer) {
		fmt.Fprintln(w)
		writeTable(w, []string{"SUBJOB", "STATE", "ATTEMPTS", "REASON"}, rows)
	})
}

// showSubjob shows a subjob and its attempts.
func showSubjob(ctx context.Context, e *env, conn *client.Client, id fallow.SubjobID) error {
	subjob, err := conn.Subjob(ctx, id)
	if err != nil {
		return err
	}
	attempts, err := conn.Attempts(ctx, id)
	if err != nil {
		return err
	}
	view := viewSubjob(subjob)
	view.History = viewAttempts(attempts)
	return e.show(view, func(w io.Writer) {
		writeFields(w,
			field{"Subjob", subjob.ID.String()},
			field{"State", subjob.State},
			field{"Reason", subjob.Reason},
		)
		for _, f := range subjob.Results {
			fmt.Fprintf(w, "Result: %s (%s)\n", oneLine(f.Path), fallow.Size(f.Size))
		}
		fmt.Fprintln(w)
		rows := make([][]string, len(attempts))
		for i, a := range attempts {
			rows[i] = attemptRow(a)
		}
		writeTable(w, attemptHeading, rows)
	})
}
