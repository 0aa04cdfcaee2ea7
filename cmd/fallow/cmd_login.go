package main

import (
	"context"
	"fmt"
	"io"

	"fallow/internal/client"
	"fallow/internal/nodes/pin"
)

// loginCmd checks a login and saves it.
type loginCmd struct {
	URL   string `arg:"" name:"url" help:"The server's address, https://HOST:PORT."`
	Token string `arg:"" help:"The login token that the administrator gave you; '-' reads it from standard input, so that it stays out of the shell's history."`
}

// Help implements [kong.HelpProvider].
func (loginCmd) Help() string {
	return `The token contains the fingerprint of the grid's certificate authority: the server must prove that it is the grid's before the token is sent. The login is saved in $FALLOW_CONFIG, else $XDG_CONFIG_HOME/fallow, else ~/.config/fallow, where only you can read it.

Programs can do without: they set FALLOW_SERVER and FALLOW_TOKEN.

Example:

    fallow login https://grid.example:7443 flt_...`
}

// loginView is what 'login' prints with --json.
type loginView struct {
	Server        string `json:"server"`
	User          string `json:"user"`
	Role          string `json:"role"`
	ServerVersion string `json:"server_version"`
}

// Run implements the command.
func (c *loginCmd) Run(ctx context.Context, e *env) error {
	folder, err := client.FindFolder(e.getenv)
	if err != nil {
		return err
	}
	text, err := c.token(e)
	if err != nil {
		return err
	}
	login, err := client.NewLogin(c.URL, text)
	if err != nil {
		return err
	}
	conn, err := client.New(ctx, login, pin.Options{})
	if err != nil {
		return err
	}
	defer conn.Close()
	me, err := conn.WhoAmI(ctx)
	if err != nil {
		return err
	}
	if err := conn.Login().Save(folder); err != nil {
		return err
	}
	return e.show(loginView{login.Server, me.User, me.Role, me.ServerVersion}, func(w io.Writer) {
		fmt.Fprintf(w, "Logged in to %s as %s (%s).\nSubmit a job with 'fallow submit JOBFILE'.\n",
			login.Server, oneLine(me.User), oneLine(me.Role))
	})
}

// maxTokenInput bounds what is read of standard input for a token.
const maxTokenInput = 4096

func (c *loginCmd) token(e *env) (string, error) {
	if c.Token != "-" {
		return c.Token, nil
	}
	text, err := io.ReadAll(io.LimitReader(e.in, maxTokenInput))
	if err != nil {
		return "", fmt.Errorf("read the token from standard input: %w", err)
	}
	return string(text), nil
}
