package main

import (
	"context"
	"errors"
	"os"

	"github.com/alecthomas/kong"

	"fallow"
)

// cli is the root of the command line: the flags that all commands share, and the
// commands in the order in which people need them.
type cli struct {
	JSON bool `name:"json" help:"Print JSON objects instead of text, one per line; errors, too."`

	Login   loginCmd   `cmd:"" group:"jobs" help:"Log in to a grid."`
	Submit  submitCmd  `cmd:"" group:"jobs" help:"Submit a job."`
	Jobs    jobsCmd    `cmd:"" group:"jobs" help:"List jobs."`
	Status  statusCmd  `cmd:"" group:"jobs" help:"Show where a job or a subjob stands."`
	Watch   watchCmd   `cmd:"" group:"jobs" help:"Follow a job to its end."`
	Explain explainCmd `cmd:"" group:"jobs" help:"Say why a job or a subjob is where it is."`
	Logs    logsCmd    `cmd:"" group:"jobs" help:"Show the output of a subjob and how it ended."`
	Results resultsCmd `cmd:"" group:"jobs" help:"Download the results of a job."`
	Cancel  cancelCmd  `cmd:"" group:"jobs" help:"End a job."`
	Release releaseCmd `cmd:"" group:"jobs" help:"Let a held job run again."`

	Run     runCmd     `cmd:"" group:"local" help:"Run a program in the sandbox on this machine."`
	Wrap    wrapCmd    `cmd:"" group:"local" help:"Make a bundle of an application."`
	Doctor  doctorCmd  `cmd:"" group:"local" help:"Say whether subjobs can run here, and what is missing."`
	Version versionCmd `cmd:"" group:"local" help:"Print the version."`

	Up     upCmd     `cmd:"" group:"grid" help:"Run a whole grid on this machine, to try things out."`
	Server serverCmd `cmd:"" group:"grid" help:"Run the grid's server."`
	User   userCmd   `cmd:"" group:"grid" help:"Look after users."`
	Node   nodeCmd   `cmd:"" group:"grid" help:"Look after nodes."`
}

// groups are the headings under which the help lists the commands.
var groups = kong.Groups{
	"jobs":  "Jobs:",
	"local": "On this machine, without a server:",
	"grid":  "Running a grid:",
}

const description = `Fallow runs unmodified programs as one job's many subjobs on idle desktops, in a sandbox.

Exit codes: 0 done; 1 failed; 2 wrong usage or input; 3 the job did not succeed; 4 not there, or not in a state that allows this; 5 not allowed, or not logged in; 6 the server can't be reached or is busy; 7 this machine can't do it. 'fallow run' gives the program's own exit code.`

// execute runs one command line and gives its exit code.
func execute(ctx context.Context, e *env, args []string) int {
	var root cli
	parser, err := newParser(&root, e)
	if err != nil {
		return e.fail(err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	e.json = root.JSON || (err != nil && wantsJSON(args))
	if err != nil {
		return e.fail(usageError(err))
	}
	command.BindTo(ctx, (*context.Context)(nil))
	return e.fail(command.Run(e))
}

func newParser(root *cli, e *env) (*kong.Kong, error) {
	return kong.New(root,
		kong.Name("fallow"),
		kong.Description(description),
		kong.Writers(e.out, e.err),
		kong.Exit(os.Exit), // after --help
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.WithHyphenPrefixedParameters(true), // --priority -5
		groups,
		stateFolders(e.getenv),
	)
}

// usageError says what is wrong with a command line, and where to read more.
func usageError(err error) error {
	if fallow.HintOf(err) != "" {
		return err
	}
	bad := fallow.Errorf(fallow.CodeInvalid, "%w", err)
	name := ""
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context != nil && parse.Context.Selected() != nil {
		name = " " + parse.Context.Selected().Path()
	}
	return bad.WithHint("see 'fallow%s --help'", name)
}

// wantsJSON finds the flag in a command line that could not be parsed.
func wantsJSON(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--":
			return false
		case "--json":
			return true
		}
	}
	return false
}
