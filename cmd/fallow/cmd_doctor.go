package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"fallow"
	"fallow/internal/bundle"
	"fallow/internal/evm"
	"fallow/internal/evm/features"
)

// doctorCmd examines this machine.
type doctorCmd struct{}

// Help implements [kong.HelpProvider].
func (doctorCmd) Help() string {
	return `Tries everything that sandboxes use, says what is done instead of what is missing and what you can do about it, and then runs a program in a sandbox. Ends with exit code 0 if subjobs can run here and 1 if not.

Example:

    fallow doctor`
}

// doctorView is what 'doctor' prints with --json.
type doctorView struct {
	CanRun   bool          `json:"can_run"`
	Problem  string        `json:"problem,omitempty"` // why not
	Hint     string        `json:"hint,omitempty"`    // what to do about the problem
	Features []featureView `json:"features"`
	Notes    []string      `json:"notes,omitempty"` // protections that sandboxes lack here
}

// featureView is one thing that sandboxes use.
type featureView struct {
	Name     string          `json:"name"`
	Status   features.Status `json:"status"`
	Detail   string          `json:"detail,omitempty"`
	Fallback string          `json:"fallback,omitempty"`
	Advice   string          `json:"advice,omitempty"`
}

// Run implements the command.
func (doctorCmd) Run(ctx context.Context, e *env) error {
	view := doctorView{}
	for _, f := range features.Probe() {
		view.Features = append(view.Features, featureView(f))
	}
	notes, err := tryProgram(ctx, e)
	view.Notes, view.CanRun = notes, err == nil
	if err != nil {
		view.Problem, view.Hint = err.Error(), fallow.HintOf(err)
	}
	if err := e.show(view, func(w io.Writer) { writeDoctor(w, view) }); err != nil {
		return err
	}
	if !view.CanRun {
		return exit(exitFailed)
	}
	return nil
}

// tryProgram runs a program in a sandbox, which proves what probing only suggests.
func tryProgram(ctx context.Context, e *env) (notes []string, err error) {
	wrapped, err := bundle.Wrap(ctx, bundle.Request{Programs: []string{"true"}})
	if err != nil {
		return nil, err
	}
	box, err := openSandbox(ctx, e, wrapped)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, box.close()) }()
	run, err := box.start(ctx, []string{"true"}, evm.Spec{})
	if err != nil {
		return nil, err
	}
	ended := run.Wait()
	if err := endOf(ctx, ended); err != nil {
		return ended.Notes, fmt.Errorf("a program was started in a sandbox, but %s", ended.Reason)
	}
	return ended.Notes, nil
}

// writeDoctor tells the findings, what is well in short and the rest at length.
func writeDoctor(w io.Writer, view doctorView) {
	rows := make([][]string, len(view.Features))
	for i, f := range view.Features {
		rows[i] = []string{f.Name, string(f.Status), f.Detail}
	}
	writeTable(w, []string{"FEATURE", "STATUS", "FOUND"}, rows)
	for _, f := range view.Features {
		if f.Status == features.OK {
			continue
		}
		fmt.Fprintf(w, "\n%s is %s.\n", f.Name, f.Status)
		writeFields(w, field{"  instead", f.Fallback}, field{"  advice", f.Advice})
	}
	for _, note := range view.Notes {
		fmt.Fprintf(w, "\nNote: %s\n", oneLine(note))
	}
	if view.CanRun {
		fmt.Fprintln(w, "\nSubjobs can run here: a program ran in a sandbox.")
		return
	}
	fmt.Fprintf(w, "\nSubjobs can't run here: %s\n", visible(view.Problem))
	writeFields(w, field{"  hint", view.Hint})
}
