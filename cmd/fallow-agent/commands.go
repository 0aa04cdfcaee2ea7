package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"

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
	Token     string `arg:"" help:"A join token, made with 'fallow node token'."`
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
	node, err := agent.Join(ctx, config, j.URL, j.Token)
	if err != nil {
		return err
	}
	if err := root.say(map[string]string{"node": string(node)}, "This machine is now node %s.\n", node); err != nil {
		return err
	}
	if j.EnrolOnly {
		return nil
	}
	return work(ctx, config)
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
