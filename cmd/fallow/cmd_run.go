package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"fallow"
	"fallow/internal/bundle"
	"fallow/internal/evm"
	"fallow/internal/jobs/command"
)

// runCmd runs a program in the sandbox on this machine.
type runCmd struct {
	wrapFlags
	In      []string      `sep:"none" placeholder:"FILE" help:"A file or folder that appears under /in; may be repeated."`
	Out     string        `placeholder:"DIR" help:"A folder for what the program leaves in /out, made if need be; thrown away without it."`
	Memory  string        `placeholder:"SIZE" help:"The most memory it may use, such as 256MiB; 1GiB without it."`
	Time    time.Duration `help:"The longest that it may run, such as 90s or 2h; 24h without it."`
	Explain bool          `help:"Say at the end, on standard error, how the program ended, what it used and how it was sealed off."`
	Command []string      `arg:"" passthrough:"" name:"command" help:"The program, a name found on PATH or a path, and its arguments. In these {in} and {out} stand for the folders."`
}

// Help implements [kong.HelpProvider].
func (runCmd) Help() string {
	return `Wraps a program and runs it just as a node would: with the files given by --in in /in, with an empty folder /out for results, its standard output and error passed on, and nothing else of this machine within its reach. It needs no server. Its standard input is empty.

Exit codes: the program's own; 122 it wrote more, or used more of something other than time, than it may; 124 it ran too long; 125 the sandbox could not be started, or its results not be fetched; 126 the program can't be run in a sandbox; 127 there is no such program; 128+N signal N ended it; 130 interrupted; 141 nobody reads its output.

Example:

    fallow run --in globins4.hmm --in swissprot.fasta --out hits -- hmmsearch --tblout {out}/hits.tbl {in}/globins4.hmm {in}/swissprot.fasta`
}

// The exit codes of 'run' besides the program's own. They are those of env(1) and
// timeout(1) where these have one.
const (
	runOverLimit  = 122
	runTooLong    = 124
	runNoSandbox  = 125
	runNotRunable = 126
	runNotFound   = 127
	runSignal     = 128 // and the signal's number
)

// Run implements the command.
func (c *runCmd) Run(ctx context.Context, e *env) error {
	if len(c.Command) > 0 && c.Command[0] == "--" {
		c.Command = c.Command[1:]
	}
	if len(c.Command) == 0 {
		return fallow.Errorf(fallow.CodeInvalid, "no program is named").WithHint("see 'fallow run --help'")
	}
	limits, err := c.limits()
	if err != nil {
		return err
	}
	wrapped, err := c.wrap(ctx)
	if err != nil {
		return err
	}
	box, err := openSandbox(ctx, e, wrapped)
	if err != nil {
		return failure{err, runNoSandbox}
	}
	if c.Explain {
		for _, note := range wrapped.Notes {
			e.sayf("note: %s", visible(note))
		}
	}
	err = c.inSandbox(ctx, e, box, limits)
	if closeErr := box.close(); closeErr != nil {
		return failure{errors.Join(err, closeErr), runNoSandbox}
	}
	return err
}

func (c *runCmd) limits() (evm.Limits, error) {
	limits := evm.Limits{Time: c.Time}
	if c.Time < 0 {
		return limits, fallow.Errorf(fallow.CodeInvalid, "--time %s is below zero", c.Time)
	}
	if c.Memory == "" {
		return limits, nil
	}
	var err error
	limits.Memory, err = fallow.ParseSize(c.Memory)
	return limits, err
}

// wrap finds the program and makes a bundle of it.
func (c *runCmd) wrap(ctx context.Context) (*bundle.Wrapped, error) {
	program := c.Command[0]
	if _, err := exec.LookPath(program); errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		missing := fallow.Errorf(fallow.CodeNotFound, "there is no program %q", program).
			WithHint("name a program that is on PATH, or its path")
		return nil, failure{missing, runNotFound}
	}
	req := c.request()
	req.ShellText = bundle.ShellText(c.Command)
	if isScript(program) {
		req.Scripts = []string{program}
	} else {
		req.Programs = []string{program}
	}
	wrapped, err := bundle.Wrap(ctx, req)
	if err != nil {
		return nil, failure{err, runNotRunable}
	}
	return wrapped, nil
}

// isScript tells whether a path is one that only an interpreter can run: a jar, or a
// file without the right to be executed.
func isScript(program string) bool {
	if filepath.Base(program) == program {
		return false
	}
	info, err := os.Stat(program)
	return err == nil && (filepath.Ext(program) == ".jar" || info.Mode().Perm()&0o111 == 0)
}

// inSandbox runs the command and gives its end as an error with its exit code.
func (c *runCmd) inSandbox(ctx context.Context, e *env, box *sandbox, limits evm.Limits) error {
	if err := copyInputs(c.In, box.path("in")); err != nil {
		return failure{err, runNoSandbox}
	}
	words, err := command.Expand(c.Command, fallow.Point{}, 0)
	if err != nil {
		return err
	}
	wanted, unread := context.WithCancel(ctx)
	defer unread()
	run, err := box.start(ctx, words, evm.Spec{
		Limits: limits, Stdout: readWatch{e.out, unread}, Stderr: readWatch{e.err, unread},
	})
	if err != nil {
		return failure{err, startCode(err)}
	}
	stop := context.AfterFunc(wanted, func() { run.Kill("interrupted") })
	ended := run.Wait()
	stop()
	if c.Out != "" {
		if err := copyResults(ctx, box.path("out"), c.Out); err != nil {
			return failure{err, runNoSandbox}
		}
	}
	if wanted.Err() != nil && ctx.Err() == nil {
		return exit(exitUnread)
	}
	c.report(e, ended)
	return endOf(ctx, ended)
}

// startCode tells a command that is not there from a sandbox that could not be.
func startCode(err error) int {
	if fallow.CodeOf(err) == fallow.CodeNotFound {
		return runNotFound
	}
	return runNoSandbox
}

// report says on standard error how the program ended, if it was asked to or there
// is something that the program itself can't have told.
func (c *runCmd) report(e *env, ended evm.Exit) {
	outcome := ended.Outcome()
	outcome.Tail = "" // it was passed on already
	switch {
	case e.json:
		_ = encode(e.err, runView{viewOutcome(outcome), ended.Notes}) // the program's output is what matters
	case c.Explain:
		writeFields(e.err, outcomeFields(outcome)...)
		for _, note := range ended.Notes {
			fmt.Fprintf(e.err, "Note: %s\n", note)
		}
	case outcome.Kind != fallow.Succeeded && outcome.Kind != fallow.Failed:
		fmt.Fprintf(e.err, "fallow: %s\n", visible(ended.Reason))
	}
}

// runView is what 'run' prints with --json, on standard error.
type runView struct {
	outcomeView
	Notes []string `json:"notes,omitempty"`
}

// endOf gives the exit code for how the program ended, as an error.
func endOf(ctx context.Context, ended evm.Exit) error {
	code := ended.Code
	switch {
	case ctx.Err() != nil:
		code = exitInterrupted
	case ended.Limit == evm.LimitTime:
		code = runTooLong
	case ended.Limit != "":
		code = runOverLimit
	case ended.Signal != "":
		code = runSignal + signalNumber(ended.Signal)
	case ended.Code < 0:
		code = runNoSandbox
	}
	if code == exitOK {
		return nil
	}
	return exit(code)
}
