package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"syscall"

	"fallow"
	"fallow/internal/agent"
	"fallow/internal/version"
)

// defaultCache is the default bound of the file cache, as text.
const defaultCache = "20GiB"

// config gathers what the flags say.
func (c *cli) config() (agent.Config, error) {
	config := agent.Config{Dir: c.Dir, Version: version.String(), Cores: c.Cores, Init: c.Init, Proxy: c.Proxy, Log: c.log()}
	if c.Cores < 0 {
		return config, fallow.Errorf(fallow.CodeInvalid, "--cores: %d is less than none", c.Cores)
	}
	var err error
	if c.Memory != "" {
		if config.Memory, err = fallow.ParseSize(c.Memory); err != nil {
			return config, fmt.Errorf("--memory: %w", err)
		}
	}
	if config.Cache, err = fallow.ParseSize(c.Cache); err != nil {
		return config, fmt.Errorf("--cache: %w", err)
	}
	if c.ProxyCA != "" {
		if config.ExtraCA, err = os.ReadFile(c.ProxyCA); err != nil {
			return config, fmt.Errorf("--proxy-ca: %w", err)
		}
	}
	return config, nil
}

func (c *cli) log() *slog.Logger {
	if c.JSON {
		return slog.New(slog.NewJSONHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// joinCmd makes the machine a node.
type joinCmd struct {
	URL       string `arg:"" name:"url" help:"The server's address, https://HOST:PORT."`
	Token     string `arg:"" help:"A join token, made with 'fallow node token'; '-' reads it from standard input."`
	EnrolOnly bool   `help:"Do not begin to work; 'fallow-agent run' does."`
}

// Help implements [kong.HelpProvider].
func (joinCmd) Help() string {
	return `The token contains the fingerprint of the grid's certificate authority, so that the machine joins that grid and no other. The node's key is made here and never leaves this machine. Afterwards 'fallow-agent run' is enough.

Example:

    fallow-agent join https://grid.example.org:7443 fjt_...`
}

// Run implements the command.
func (j *joinCmd) Run(ctx context.Context, root *cli) error {
	config, err := root.config()
	if err != nil {
		return err
	}
	text, err := j.readToken()
	if err != nil {
		return err
	}
	node, err := agent.Join(ctx, config, j.URL, text)
	if err != nil {
		return err
	}
	if err := root.say(map[string]string{"node": string(node)}, "This machine is now node %s.\n", node); err != nil {
		return err
	}
	if j.EnrolOnly {
		return nil
	}
	return j.becomeRun()
}

// maxToken bounds what is read of standard input for a token.
const maxToken = 4096

func (j *joinCmd) readToken() (string, error) {
	if j.Token != "-" {
		return j.Token, nil
	}
	text, err := io.ReadAll(io.LimitReader(os.Stdin, maxToken))
	if err != nil {
		return "", fmt.Errorf("read the token from standard input: %w", err)
	}
	return string(text), nil
}

// becomeRun goes on as 'run': a token among a process's arguments can be read by
// every user of the machine for as long as the process lives.
func (j *joinCmd) becomeRun() error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	args := slices.DeleteFunc(slices.Clone(os.Args), func(arg string) bool {
		return arg == "join" || arg == j.URL || arg == j.Token
	})
	return fmt.Errorf("go on as 'run': %w", syscall.Exec(program, append(args, "run"), os.Environ()))
}

// runCmd works for the grid.
type runCmd struct{}

// Help implements [kong.HelpProvider].
func (runCmd) Help() string {
	return `Runs in the foreground until it is interrupted; subjobs that run are ended then, and the grid runs them elsewhere.

Example:

    fallow-agent run`
}

// Run implements the command.
func (runCmd) Run(ctx context.Context, root *cli) error {
	config, err := root.config()
	if err != nil {
		return err
	}
	return work(ctx, config)
}

func work(ctx context.Context, config agent.Config) error {
	a, err := agent.Open(ctx, config)
	if err != nil {
		return err
	}
	return errors.Join(a.Run(ctx), a.Close())
}

// versionCmd prints the version.
type versionCmd struct{}

// Help implements [kong.HelpProvider].
func (versionCmd) Help() string {
	return "Example:\n\n    fallow-agent version"
}

// Run implements the command.
func (versionCmd) Run(root *cli) error {
	return root.say(map[string]string{"version": version.String()}, "fallow-agent %s\n", version.String())
}

// say prints an object with --json, text without.
func (c *cli) say(object any, format string, args ...any) error {
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(object)
	}
	_, err := fmt.Printf(format, args...)
	return err
}
