package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"fallow"
	"fallow/internal/client"
)

// logsCmd shows what an attempt wrote.
type logsCmd struct {
	Attempt attemptName `arg:"" name:"subjob|attempt" help:"A subjob, such as 12.7, for its latest attempt that ended; or one attempt, such as 12.7.1."`
}

// Help implements [kong.HelpProvider].
func (logsCmd) Help() string {
	return `Shows the end of what an attempt wrote to its standard output and error (at most ` + fallow.MaxLogTail.String() + `), and how it ended. Control characters are shown as '?'; --json keeps them.

Example:

    fallow logs 12.7`
}

// Run implements the command.
func (c *logsCmd) Run(ctx context.Context, e *env) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		attempts, err := conn.Attempts(ctx, c.Attempt.subjob)
		if err != nil {
			return err
		}
		if len(attempts) == 0 {
			if err := c.exists(ctx, conn); err != nil {
				return err
			}
		}
		attempt, err := c.choose(attempts)
		if err != nil {
			return err
		}
		return e.show(viewAttempt(attempt), func(w io.Writer) { writeLogs(w, attempt) })
	})
}

// exists gives an error for a subjob that the job will never have.
func (c *logsCmd) exists(ctx context.Context, conn *client.Client) error {
	job, err := conn.Job(ctx, c.Attempt.subjob.Job)
	if err == nil && c.Attempt.subjob.Index >= job.Counts.Total {
		return fallow.Errorf(fallow.CodeNotFound, "there is no subjob %s: job %s has %s, numbered from 0", c.Attempt.subjob, job.ID,
			count(job.Counts.Total, "subjob"))
	}
	return err
}

// choose finds the attempt asked for: by number, else the latest that ended, else
// the one that runs.
func (c *logsCmd) choose(attempts []client.Attempt) (client.Attempt, error) {
	if len(attempts) == 0 {
		return client.Attempt{}, fallow.Errorf(fallow.CodeNotFound, "subjob %s has no attempt yet", c.Attempt.subjob).
			WithHint("'fallow explain %s' says what it waits for", c.Attempt.subjob)
	}
	if c.Attempt.number == 0 {
		for i := len(attempts) - 1; i >= 0; i-- {
			if !attempts[i].Running() {
				return attempts[i], nil
			}
		}
		return attempts[len(attempts)-1], nil
	}
	for _, a := range attempts {
		if a.ID.Number == c.Attempt.number {
			return a, nil
		}
	}
	return client.Attempt{}, fallow.Errorf(fallow.CodeNotFound, "subjob %s has no attempt number %d", c.Attempt.subjob, c.Attempt.number).
		WithHint("'fallow status %s' lists its attempts", c.Attempt.subjob)
}

func writeLogs(w io.Writer, a client.Attempt) {
	fields := []field{
		{"Attempt", a.ID.String()},
		{"Node", nodeName(a)},
		{"Started", when(a.Started)},
		{"Ended", when(a.Ended)},
	}
	if a.Running() {
		writeFields(w, fields...)
		fmt.Fprintln(w, "It runs; its output is known when it has ended.")
		return
	}
	writeFields(w, append(fields, outcomeFields(a.Outcome)...)...)
	if a.Outcome.Tail == "" {
		fmt.Fprintln(w, "It wrote nothing that is kept here; collected output is among the results.")
		return
	}
	fmt.Fprintf(w, "\n%s\n", strings.TrimSuffix(visible(a.Outcome.Tail), "\n"))
}
