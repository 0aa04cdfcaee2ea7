package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"fallow/internal/client"
)

// userCmd looks after users.
type userCmd struct {
	Add  userAddCmd  `cmd:"" help:"Add a user, or give one a new role and login token."`
	List userListCmd `cmd:"" help:"List the users."`
}

// Help implements [kong.HelpProvider].
func (userCmd) Help() string {
	return `These commands are for administrators. A submitter sees and changes jobs of his own, an operator everybody's and the nodes, an administrator users, too.

Example:

    fallow user add ada
    fallow user list`
}

// userAddCmd adds a user.
type userAddCmd struct {
	Name string `arg:"" help:"The user's name."`
	Role string `enum:"submitter,operator,administrator" default:"submitter" help:"What the user may do: submitter, operator or administrator."`
}

// Help implements [kong.HelpProvider].
func (userAddCmd) Help() string {
	return `Prints the command with which the user logs in; its token is shown only now. For a user who exists, the token before ends.

Example:

    fallow user add ada --role operator`
}

// userAddedView is what 'user add' prints with --json.
type userAddedView struct {
	User  string `json:"user"`
	Role  string `json:"role"`
	Token string `json:"token"`
}

// Run implements the command.
func (c *userAddCmd) Run(ctx context.Context, e *env) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		token, err := conn.PutUser(ctx, c.Name, c.Role)
		if err != nil {
			return err
		}
		return e.show(userAddedView{c.Name, c.Role, token}, func(w io.Writer) {
			fmt.Fprintf(w, "%s logs in with this command; the token is shown only now:\n\n    fallow login %s %s\n", c.Name, conn.Server(), token)
		})
	})
}

// userListCmd lists users.
type userListCmd struct{}

// Help implements [kong.HelpProvider].
func (userListCmd) Help() string {
	return `Example:

    fallow user list`
}

// userView is a line of 'user list' with --json.
type userView struct {
	User    string    `json:"user"`
	Role    string    `json:"role"`
	Created time.Time `json:"created"`
}

// Run implements the command.
func (userListCmd) Run(ctx context.Context, e *env) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		users, err := conn.Users(ctx)
		if err != nil {
			return err
		}
		var rows [][]string
		for _, u := range users {
			if err := e.object(userView{u.Name, u.Role, u.Created}); err != nil {
				return err
			}
			rows = append(rows, []string{u.Name, u.Role, when(u.Created)})
		}
		return e.text(func(w io.Writer) { writeTable(w, []string{"USER", "ROLE", "CREATED"}, rows) })
	})
}
