package main

import (
	"context"
	"fmt"
	"io"

	"fallow/internal/client"
)

// explainCmd says why something is where it is.
type explainCmd struct {
	Thing thing `arg:"" name:"job|subjob" help:"A job, such as 12, or a subjob, such as 12.7."`
}

// Help implements [kong.HelpProvider].
func (explainCmd) Help() string {
	return `Says why a job or a subjob is where it is: which nodes could run it and which requirement the others don't meet, what failed on which node and how, why it is held.

Example:

    fallow explain 12.7`
}

// explainView is what 'explain' prints with --json.
type explainView struct {
	Summary string   `json:"summary"`
	Details []string `json:"details"`
}

// Run implements the command.
func (c *explainCmd) Run(ctx context.Context, e *env) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		explanation, err := c.ask(ctx, conn)
		if err != nil {
			return err
		}
		return e.show(explainView(explanation), func(w io.Writer) {
			fmt.Fprintln(w, visible(explanation.Summary))
			for _, detail := range explanation.Details {
				fmt.Fprintf(w, "  - %s\n", oneLine(detail))
			}
		})
	})
}

func (c *explainCmd) ask(ctx context.Context, conn *client.Client) (client.Explanation, error) {
	if c.Thing.isSubjob {
		return conn.ExplainSubjob(ctx, c.Thing.subjob)
	}
	return conn.ExplainJob(ctx, c.Thing.subjob.Job)
}
