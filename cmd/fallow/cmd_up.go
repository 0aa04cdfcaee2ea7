package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"fallow"
	"fallow/internal/agent"
	"fallow/internal/client"
	"fallow/internal/nodes/keys"
	"fallow/internal/server"
	"fallow/internal/version"
)

// upCmd runs a whole grid on this machine.
type upCmd struct {
	Dir    string `help:"Folder of all its state; remove it to start anew." default:"${up_dir}" type:"path"`
	Listen string `help:"Address and port to listen on." default:"127.0.0.1:7443"`
	Cores  int    `help:"Cores that subjobs may use; 0 means all."`

	Verbose bool `short:"v" help:"Log what server and node do, not only what goes wrong."`
}

// Help implements [kong.HelpProvider].
func (upCmd) Help() string {
	return `Runs a server and one node on this machine, for trying things out, until it is interrupted. It logs you in, unless you are logged in to a grid already; then the first start prints the command that does.

Submit jobs from another terminal, once it says that it serves.

Example:

    fallow up
    fallow submit examples/pi/job.yaml --wait`
}

// Run implements the command.
func (c *upCmd) Run(ctx context.Context, e *env) error {
	s, err := server.Open(ctx, server.Config{
		Dir: filepath.Join(c.Dir, "server"), Listen: c.Listen, Version: version.String(), Log: c.log(e),
	})
	if err != nil {
		return err
	}
	url := serverURL([]string{"localhost"}, s.Addr())
	if err := c.logIn(ctx, e, s, url); err != nil {
		return err
	}
	// The server ends after the node, which has to tell it what became of its subjobs.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Run(serving) })
	group.Go(func() error {
		defer stop()
		return c.runNode(ctx, e, s, url)
	})
	return group.Wait()
}

// log is quiet without --verbose: the grid shares the terminal with its user.
func (c *upCmd) log(e *env) *slog.Logger {
	if c.Verbose {
		return newLog(e, slog.LevelInfo)
	}
	return newLog(e, slog.LevelWarn)
}

// logIn saves the administrator's login where no login is saved yet: a new one, since
// of one that was lost only the hash is known.
func (c *upCmd) logIn(ctx context.Context, e *env, s *server.Server, url string) error {
	folder, err := client.FindFolder(e.getenv)
	if err != nil {
		return err
	}
	_, err = client.FindLogin(folder, e.getenv)
	made, first, err := s.AdminLogin(ctx, fallow.CodeOf(err) == fallow.CodeUnknownUser)
	if err != nil {
		return err
	}
	view := serverView{URL: url}
	if first {
		view.Token = made.Reveal()
		if err := saveLogin(e, client.Login{Server: url, Token: made, Authority: s.AuthorityPEM()}); err != nil {
			return err
		}
	}
	e.sayf("Serving at %s with one node; state in %s. Stop with Ctrl-C.", url, c.Dir)
	return e.object(view)
}

func saveLogin(e *env, login client.Login) error {
	folder, err := client.FindFolder(e.getenv)
	if err != nil {
		return err
	}
	if _, err := client.FindLogin(folder, e.getenv); err == nil {
		e.sayf("You are logged in to another grid. To use this one:\n\n    fallow login %s %s\n", login.Server, login.Token.Reveal())
		return nil
	}
	if err := login.Save(folder); err != nil {
		return err
	}
	e.sayf("You are logged in to this grid as its administrator.")
	return nil
}

// upTokenLife is long enough for the node to join, which it does at once.
const upTokenLife = time.Minute

// runNode makes this machine a node of its own grid, at the first start, and works.
func (c *upCmd) runNode(ctx context.Context, e *env, s *server.Server, url string) error {
	config := agent.Config{
		Dir: filepath.Join(c.Dir, "agent"), Version: version.String(), Cores: c.Cores, Init: e.init, Log: c.log(e),
	}
	if _, err := os.Stat(config.IdentityDir()); errors.Is(err, os.ErrNotExist) {
		invitation, err := s.NewJoinToken(ctx, "fallow up", upTokenLife, 1)
		if err != nil {
			return err
		}
		if _, err := agent.Join(ctx, config, url, invitation.Reveal()); err != nil {
			return err
		}
	}
	if err := sameServer(config, url); err != nil {
		return err
	}
	a, err := agent.Open(ctx, config)
	if fallow.CodeOf(err) == fallow.CodeConflict {
		return fallow.Errorf(fallow.CodeConflict, "%w", err).WithHint("is another 'fallow up' running in %s?", c.Dir)
	}
	if err != nil {
		return err
	}
	return errors.Join(a.Run(ctx), a.Close())
}

// sameServer makes sure that the node joined the server where it is now.
func sameServer(config agent.Config, url string) error {
	identity, err := keys.Load(config.IdentityDir())
	if err != nil || identity.Server == url {
		return err
	}
	return fallow.Errorf(fallow.CodeConflict, "the node in %s joined its server at %s, which is now at %s", config.Dir, identity.Server, url).
		WithHint("use the --listen of the first start, or another --dir")
}
