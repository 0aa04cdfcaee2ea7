package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"fallow"
	"fallow/internal/client"
)

// nodeCmd looks after nodes.
type nodeCmd struct {
	List     nodeListCmd     `cmd:"" help:"List the nodes."`
	Show     nodeShowCmd     `cmd:"" help:"Show one node."`
	Token    nodeTokenCmd    `cmd:"" help:"Make a token with which desktops join."`
	Drain    nodeDrainCmd    `cmd:"" help:"Give a node nothing new."`
	Activate nodeActivateCmd `cmd:"" help:"Give a node work again; clears a quarantine."`
	Ban      nodeBanCmd      `cmd:"" help:"Shut a node out of the grid."`
	Label    nodeLabelCmd    `cmd:"" help:"Set or remove labels of a node."`
}

// Help implements [kong.HelpProvider].
func (nodeCmd) Help() string {
	return `These commands are for operators. A node is named by its ID, the beginning of it, or its host name where no other node has it.

Example:

    fallow node token
    fallow node list`
}

// nodeListCmd lists nodes.
type nodeListCmd struct{}

// Help implements [kong.HelpProvider].
func (nodeListCmd) Help() string {
	return `Example:

    fallow node list`
}

// Run implements the command.
func (nodeListCmd) Run(ctx context.Context, e *env) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		var rows [][]string
		for node, err := range conn.Nodes(ctx) {
			if err != nil {
				return err
			}
			if err := e.object(viewNode(node)); err != nil {
				return err
			}
			rows = append(rows, nodeRow(node, time.Now()))
		}
		return e.text(func(w io.Writer) { writeTable(w, nodeHeading, rows) })
	})
}

// nodeShowCmd shows a node.
type nodeShowCmd struct {
	Node string `arg:"" help:"The node's ID or name."`
}

// Help implements [kong.HelpProvider].
func (nodeShowCmd) Help() string {
	return `Example:

    fallow node show desk-12`
}

// Run implements the command.
func (c *nodeShowCmd) Run(ctx context.Context, e *env) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		node, err := findNode(ctx, conn, c.Node)
		if err != nil {
			return err
		}
		return e.show(viewNode(node), func(w io.Writer) { writeNode(w, node) })
	})
}

// nodeTokenCmd makes a join token.
type nodeTokenCmd struct {
	Valid time.Duration `default:"24h" help:"How long it can be used."`
	Uses  int           `default:"1" help:"How many desktops can join with it."`
}

// The limits of a join token.
const (
	maxTokenTime = 366 * 24 * time.Hour
	maxTokenUses = 100_000
)

// Help implements [kong.HelpProvider].
func (nodeTokenCmd) Help() string {
	return `Prints a join token and the command to run on the desktop. The token contains the fingerprint of the grid's certificate authority; whoever has it can add a machine to the grid until it is used up or expired.

Example:

    fallow node token --valid 2h --uses 40`
}

// Validate implements the check that kong makes after parsing.
func (c *nodeTokenCmd) Validate() error {
	if c.Valid <= 0 || c.Valid > maxTokenTime {
		return fmt.Errorf("--valid must be above 0 and at most %s", howLong(maxTokenTime))
	}
	if c.Uses < 1 || c.Uses > maxTokenUses {
		return fmt.Errorf("--uses must be from 1 to %d", maxTokenUses)
	}
	return nil
}

// nodeTokenView is what 'node token' prints with --json.
type nodeTokenView struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
	Uses    int       `json:"uses"`
	Command string    `json:"command"`
}

// Run implements the command.
func (c *nodeTokenCmd) Run(ctx context.Context, e *env) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		made, err := conn.CreateJoinToken(ctx, c.Valid, c.Uses)
		if err != nil {
			return err
		}
		command := fmt.Sprintf("fallow-agent join %s %s", conn.Server(), made.Text)
		return e.show(nodeTokenView{made.Text, made.Expires.UTC(), c.Uses, command}, func(w io.Writer) {
			fmt.Fprintf(w, "Run this on the desktop (until %s, %d times at most):\n\n    %s\n",
				when(made.Expires), c.Uses, command)
		})
	})
}

// nodeLabelCmd labels a node.
type nodeLabelCmd struct {
	Node   string   `arg:"" help:"The node's ID or name."`
	Labels []string `arg:"" name:"label" help:"NAME=VALUE sets a label, NAME= removes it."`
}

// Help implements [kong.HelpProvider].
func (nodeLabelCmd) Help() string {
	return `Jobs can ask for labels in their job file: needs: {labels: {room: b12}}.

Example:

    fallow node label desk-12 room=b12 old=`
}

// Run implements the command.
func (c *nodeLabelCmd) Run(ctx context.Context, e *env) error {
	labels, err := parseLabels(c.Labels)
	if err != nil {
		return err
	}
	return changeNode(ctx, e, c.Node, client.NodeChange{Labels: labels})
}

// labelName is what a label may be called, so that job files can ask for it.
var labelName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// parseLabels reads NAME=VALUE and tells all that are wrong at once.
func parseLabels(words []string) (map[string]string, error) {
	labels := make(map[string]string, len(words))
	var bad []error
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		switch {
		case !ok || name == "":
			bad = append(bad, fallow.Errorf(fallow.CodeInvalid, "label %q is not NAME=VALUE", word))
		case !labelName.MatchString(name):
			bad = append(bad, fallow.Errorf(fallow.CodeInvalid, "label %q has a name of other characters than letters, digits and _.-", word))
		}
		labels[name] = value
	}
	return labels, errors.Join(bad...)
}
