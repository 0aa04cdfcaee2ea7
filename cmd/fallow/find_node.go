package main

import (
	"context"
	"strings"

	"fallow"
	"fallow/internal/client"
)

// findNode finds the one node that a person means: by ID, by host name, or by the
// beginning of its ID.
func findNode(ctx context.Context, conn *client.Client, name string) (fallow.Node, error) {
	var found []fallow.Node
	for node, err := range conn.Nodes(ctx) {
		if err != nil {
			return fallow.Node{}, err
		}
		if string(node.ID) == name {
			return node, nil
		}
		if node.Name == name || strings.HasPrefix(string(node.ID), name) {
			found = append(found, node)
		}
	}
	switch len(found) {
	case 0:
		return fallow.Node{}, fallow.Errorf(fallow.CodeNotFound, "there is no node %q", name).
			WithHint("'fallow node list' shows all nodes")
	case 1:
		return found[0], nil
	}
	return fallow.Node{}, fallow.Errorf(fallow.CodeConflict, "%q could be each of %d nodes, such as %s and %s",
		name, len(found), found[0].ID, found[1].ID).WithHint("name the node by its ID")
}
