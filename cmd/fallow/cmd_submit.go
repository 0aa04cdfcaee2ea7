package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"fallow"
	"fallow/internal/client"
)

// submitCmd submits a job.
type submitCmd struct {
	JobFile  string `arg:"" name:"jobfile" help:"The job file; see docs/job-file.md."`
	Check    bool   `help:"Only say what would happen and what is wrong. Needs no server and uploads nothing."`
	Wait     bool   `help:"Follow the job to its end, as 'watch' does."`
	Priority *int   `help:"From -100 to 100, instead of the job file's; higher goes first."`
}

// Help implements [kong.HelpProvider].
func (submitCmd) Help() string {
	return `Reads a job file, wraps its program, uploads what the grid does not have yet, and submits the job. Everything that is wrong with the job file is told at once, each with its line. An interrupted upload goes on where it was when the job is submitted again.

Example:

    fallow submit --check job.yaml
    fallow submit job.yaml
    fallow submit --wait job.yaml && fallow results 12`
}

// The bounds of a job's priority.
const minPriority, maxPriority = -100, 100

// Validate implements the check that kong makes after parsing.
func (c *submitCmd) Validate() error {
	if c.Priority != nil && (*c.Priority < minPriority || *c.Priority > maxPriority) {
		return fmt.Errorf("--priority must be from %d to %d", minPriority, maxPriority)
	}
	if c.Check && c.Wait {
		return errors.New("--check submits nothing to --wait for")
	}
	return nil
}

// Run implements the command.
func (c *submitCmd) Run(ctx context.Context, e *env) error {
	if c.Check {
		return c.prepared(ctx, e, func(p *prepared) error {
			view := p.view()
			return e.show(view, func(w io.Writer) { writeCheck(w, view) })
		})
	}
	return e.withClient(ctx, func(conn *client.Client) error {
		// Reading large inputs takes time: a server that can't be reached is told first.
		if _, err := conn.WhoAmI(ctx); err != nil {
			return err
		}
		return c.prepared(ctx, e, func(p *prepared) error { return c.submit(ctx, e, conn, p) })
	})
}

// prepared prepares the job for use.
func (c *submitCmd) prepared(ctx context.Context, e *env, use func(*prepared) error) error {
	p, err := prepare(ctx, c.JobFile)
	if err != nil {
		return err
	}
	if c.Priority != nil {
		p.plan.Spec.Priority = *c.Priority
	}
	for _, note := range p.notes() {
		e.sayf("note: %s", visible(note))
	}
	return errors.Join(use(p), p.close())
}

// submittedView is what 'submit' prints with --json.
type submittedView struct {
	Job     int64 `json:"job"`
	Subjobs int64 `json:"subjobs"`
}

func (c *submitCmd) submit(ctx context.Context, e *env, conn *client.Client, p *prepared) error {
	if err := p.bring(ctx, e, conn); err != nil {
		return err
	}
	done, err := conn.Submit(ctx, p.plan.Spec)
	if err != nil {
		return err
	}
	err = e.show(submittedView{int64(done.Job), done.Subjobs}, func(w io.Writer) {
		fmt.Fprintf(w, "Job %s: %s.\n", done.Job, count(done.Subjobs, "subjob"))
		if !c.Wait {
			fmt.Fprintf(w, "Follow it with 'fallow watch %s'.\n", done.Job)
		}
	})
	if err != nil || !c.Wait {
		return err
	}
	return watchJob(ctx, e, conn, done.Job)
}

// checkView is what 'submit --check' prints with --json.
type checkView struct {
	Name    string      `json:"name"`
	Command []string    `json:"command"`
	Subjobs int64       `json:"subjobs"`
	Files   int         `json:"files"` // to be at the grid, without the bundle's
	Size    int64       `json:"size"`  // bytes of these
	Bundle  *bundleView `json:"bundle,omitempty"`
	Named   string      `json:"named_bundle,omitempty"` // of the grid, not looked up yet
}

func writeCheck(w io.Writer, v checkView) {
	fields := []field{
		{"Job", v.Name},
		{"Command", fmt.Sprintf("%q", v.Command)},
		{"Subjobs", fmt.Sprint(v.Subjobs)},
		{"Files", fmt.Sprintf("%d, %s", v.Files, fallow.Size(v.Size))},
	}
	if b := v.Bundle; b != nil {
		fields = append(fields,
			field{"Bundle", fmt.Sprintf("%s: %s, %s, profile %s", b.Name, count(int64(b.Files), "file"), fallow.Size(b.Size), b.Profile)},
			field{"Digest", b.Digest.String()})
	}
	if v.Named != "" {
		fields = append(fields, field{"Bundle", v.Named + ", looked up at the grid by 'fallow submit'"})
	}
	writeFields(w, fields...)
	fmt.Fprintln(w, "Nothing is wrong with it. Files that the grid has already are not sent again.")
}
