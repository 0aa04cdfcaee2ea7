package main

import (
	"context"

	"fallow/internal/client"
)

// releaseCmd lets a held job run again.
type releaseCmd struct {
	Job jobName `arg:"" help:"The job, such as 12."`
}

// Help implements [kong.HelpProvider].
func (releaseCmd) Help() string {
	return `Lets a held job run again. See 'fallow explain' for why it was held.

Example:

    fallow release 12`
}

// Run implements the command.
func (c *releaseCmd) Run(ctx context.Context, e *env) error {
	return changeJob(ctx, e, c.Job.id, (*client.Client).Release, "released")
}
