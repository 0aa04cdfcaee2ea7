package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"

	"fallow/internal/server"
	"fallow/internal/version"
)

// serverCmd runs the grid's server.
type serverCmd struct {
	Dir       string   `help:"Folder of the server's state." default:"${server_dir}" type:"path"`
	Listen    string   `help:"Address and port to listen on." default:":7443"`
	Host      []string `help:"Name or address by which nodes and users reach this server; may be repeated. This machine's own are always added." placeholder:"NAME"`
	NewAdmin  bool     `help:"Make a new login token for the administrator; the one before ends."`
	TokenFile string   `help:"Also write the administrator's login token, when one is made, to this file, readable by you only." type:"path" placeholder:"FILE"`
}

// Help implements [kong.HelpProvider].
func (serverCmd) Help() string {
	return `Runs the grid's server in the foreground until it is interrupted. The first start prints the administrator's login token, once: only its hash is kept. If it is lost, start the server with --new-admin.

Example:

    fallow server --host grid.example.org`
}

// Run implements the command.
func (c *serverCmd) Run(ctx context.Context, e *env) error {
	hosts, err := withOwnName(c.Host)
	if err != nil {
		return err
	}
	s, err := server.Open(ctx, server.Config{
		Dir: c.Dir, Listen: c.Listen, Hosts: hosts, Version: version.String(), Log: newLog(e, slog.LevelInfo),
	})
	if err != nil {
		return err
	}
	url := serverURL(hosts, s.Addr())
	if err := c.announce(ctx, e, s, url); err != nil {
		return err
	}
	return s.Run(ctx)
}

// serverView is what 'server' and 'up' print with --json once they listen.
type serverView struct {
	URL   string `json:"url"`
	Token string `json:"token,omitempty"` // the administrator's, when one was made
}

// announce says where the server is and how the administrator logs in.
func (c *serverCmd) announce(ctx context.Context, e *env, s *server.Server, url string) error {
	login, made, err := s.AdminLogin(ctx, c.NewAdmin)
	if err != nil {
		return err
	}
	view := serverView{URL: url}
	if made {
		view.Token = login.Reveal()
		if err := c.keepToken(view.Token); err != nil {
			return err
		}
		e.sayf("The administrator logs in with this command; the token is shown only now:\n\n    fallow login %s %s\n", url, view.Token)
	}
	e.sayf("Serving at %s. Stop with Ctrl-C.", url)
	return e.object(view)
}

func (c *serverCmd) keepToken(text string) error {
	if c.TokenFile == "" {
		return nil
	}
	if err := os.WriteFile(c.TokenFile, []byte(text+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the administrator's token: %w", err)
	}
	return nil
}

// withOwnName puts this machine's name behind the hosts given.
func withOwnName(hosts []string) ([]string, error) {
	name, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("find this machine's name: %w", err)
	}
	return append(hosts, name), nil
}

// serverURL is the address to give to others: the first host, unless the server
// listens on one address only.
func serverURL(hosts []string, addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "https://" + addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = hosts[0]
	}
	return "https://" + net.JoinHostPort(host, port)
}

// newLog writes to standard error, as text for people or JSON lines.
func newLog(e *env, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if e.json {
		return slog.New(slog.NewJSONHandler(e.err, options))
	}
	return slog.New(slog.NewTextHandler(e.err, options))
}
