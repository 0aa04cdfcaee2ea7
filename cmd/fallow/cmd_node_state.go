package main

import (
	"context"
	"fmt"
	"io"

	"fallow"
	"fallow/internal/client"
)

// nodeDrainCmd drains a node.
type nodeDrainCmd struct {
	nodeArgs
}

// Help implements [kong.HelpProvider].
func (nodeDrainCmd) Help() string {
	return `The node finishes what it runs and gets nothing new.

Example:

    fallow node drain desk-12 --reason "new disk"`
}

// Run implements the command.
func (c *nodeDrainCmd) Run(ctx context.Context, e *env) error {
	return c.set(ctx, e, fallow.NodeDraining)
}

// nodeActivateCmd activates a node.
type nodeActivateCmd struct {
	nodeArgs
}

// Help implements [kong.HelpProvider].
func (nodeActivateCmd) Help() string {
	return `The node gets work again, whatever it was before. A quarantine is cleared.

Example:

    fallow node activate desk-12`
}

// Run implements the command.
func (c *nodeActivateCmd) Run(ctx context.Context, e *env) error {
	return c.set(ctx, e, fallow.NodeActive)
}

// nodeBanCmd bans a node.
type nodeBanCmd struct {
	nodeArgs
}

// Help implements [kong.HelpProvider].
func (nodeBanCmd) Help() string {
	return `The node may not speak to the grid any more. What it runs is run elsewhere.

Example:

    fallow node ban desk-12 --reason "stolen"`
}

// Run implements the command.
func (c *nodeBanCmd) Run(ctx context.Context, e *env) error {
	return c.set(ctx, e, fallow.NodeBanned)
}

// nodeArgs are what the commands share that change a node's state.
type nodeArgs struct {
	Node   string `arg:"" help:"The node's ID or name."`
	Reason string `help:"Why, for whoever looks at the node later."`
}

func (c *nodeArgs) set(ctx context.Context, e *env, state fallow.NodeState) error {
	return changeNode(ctx, e, c.Node, client.NodeChange{State: state, Reason: c.Reason})
}

// changeNode changes a node and shows it then.
func changeNode(ctx context.Context, e *env, name string, change client.NodeChange) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		found, err := findNode(ctx, conn, name)
		if err != nil {
			return err
		}
		node, err := conn.SetNode(ctx, found.ID, change)
		if err != nil {
			return err
		}
		return e.show(viewNode(node), func(w io.Writer) {
			fmt.Fprintf(w, "Node %s (%s) is %s.\n", node.ID, oneLine(node.Name), node.State)
			if len(node.Labels) > 0 {
				fmt.Fprintf(w, "Its labels: %s\n", labelText(node.Labels))
			}
		})
	})
}
