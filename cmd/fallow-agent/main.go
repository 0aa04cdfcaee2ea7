package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"fallow"
)

// cli is the command line.
type cli struct {
	Dir   string `help:"Folder of the agent's state." default:"${dir}" type:"path"`
	Cores int    `help:"Cores that subjobs may use; 0 means all."`
	Init  string `help:"Path of fallow-init, instead of the one carried inside." type:"path" hidden:""`

	Memory  string `help:"Memory that subjobs may use together, for example 4GiB; by default all but a reserve." placeholder:"SIZE"`
	Cache   string `help:"Bound of the file cache." default:"${cache}" placeholder:"SIZE"`
	Proxy   string `help:"URL of the HTTP or SOCKS5 proxy to the server; by default what HTTPS_PROXY and NO_PROXY say." placeholder:"URL"`
	ProxyCA string `name:"proxy-ca" help:"File with the certificate, PEM, of a proxy that inspects TLS. It can then read what is sent, but forge neither requests nor programs." type:"existingfile" placeholder:"FILE"`
	JSON    bool   `name:"json" help:"Print JSON objects instead of text."`

	Join    joinCmd    `cmd:"" help:"Make this machine a node of a grid and work for it."`
	Run     runCmd     `cmd:"" help:"Work for the grid that this machine has joined."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

const description = `The Fallow agent runs subjobs of a grid on this desktop, sealed in a sandbox.

Exit codes: 0 stopped as asked; 1 failed; 2 wrong usage or input; 5 the grid refused this machine.`

// The exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
	exitDenied = 5
)

func main() { os.Exit(agentMain()) }

// agentMain is the program: what main is for the system and for the tests.
func agentMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	defer stop()
	var root cli
	parser, err := kong.New(&root,
		kong.Name("fallow-agent"),
		kong.Description(description),
		kong.Vars{"dir": defaultDir(), "cache": defaultCache},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return complain(err, exitFailed)
	}
	command, err := parser.Parse(os.Args[1:])
	if err != nil {
		return complain(err, exitUsage)
	}
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(&root); err != nil {
		return complain(err, exitCode(err))
	}
	return 0
}

// endings are the signals that ask the agent to end. Whoever started it by nohup(1)
// wants it to outlive the terminal.
func endings() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

func exitCode(err error) int {
	switch fallow.CodeOf(err) {
	case fallow.CodeInvalid:
		return exitUsage
	case fallow.CodeDenied, fallow.CodeUnknownUser:
		return exitDenied
	default:
		return exitFailed
	}
}

// complain says what went wrong and gives the exit code.
func complain(err error, code int) int {
	fmt.Fprintf(os.Stderr, "fallow-agent: %v\n", err)
	if hint := fallow.HintOf(err); hint != "" {
		fmt.Fprintf(os.Stderr, "  hint: %s\n", hint)
	}
	return code
}

// defaultDir is where a service keeps its state as root, and a user's program as
// that user (XDG Base Directory Specification).
func defaultDir() string {
	if os.Geteuid() == 0 {
		return "/var/lib/fallow-agent"
	}
	if state := os.Getenv("XDG_STATE_HOME"); state != "" {
		return filepath.Join(state, "fallow-agent")
	}
	return filepath.Join(os.Getenv("HOME"), ".local", "state", "fallow-agent")
}
