package client

import (
	"context"
	"iter"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

// JoinToken is an invitation for machines.
type JoinToken struct {
	Text    string
	Expires time.Time
}

// CreateJoinToken makes a token with which as many machines as uses can become
// nodes while it is valid. It is for operators.
func (c *Client) CreateJoinToken(ctx context.Context, valid time.Duration, uses int) (JoinToken, error) {
	res, err := c.nodes.CreateJoinToken(ctx, connect.NewRequest(&fallowv1.CreateJoinTokenRequest{
		Valid: int64(valid), Uses: int32(uses),
	}))
	if err != nil {
		return JoinToken{}, err
	}
	return JoinToken{Text: res.Msg.GetToken(), Expires: rpc.FromTime(res.Msg.GetExpires())}, nil
}

// Nodes lists all nodes in order of ID.
func (c *Client) Nodes(ctx context.Context) iter.Seq2[fallow.Node, error] {
	after := ""
	return pages(func() ([]*fallowv1.Node, error) {
		res, err := c.nodes.ListNodes(ctx, connect.NewRequest(&fallowv1.ListNodesRequest{After: after, Limit: pageSize}))
		if err != nil {
			return nil, err
		}
		nodes := res.Msg.GetNodes()
		if len(nodes) > 0 {
			after = nodes[len(nodes)-1].GetId()
		}
		return nodes, nil
	}, rpc.FromNode)
}

// NodeChange is what is to be different about a node.
type NodeChange struct {
	State  fallow.NodeState // "" leaves it
	Reason string
	Labels map[string]string // set; an empty value removes
}

// SetNode changes a node and gives what it is then.
func (c *Client) SetNode(ctx context.Context, id fallow.NodeID, change NodeChange) (fallow.Node, error) {
	res, err := c.nodes.SetNode(ctx, connect.NewRequest(&fallowv1.SetNodeRequest{
		Node: string(id), State: string(change.State), Reason: change.Reason, Labels: change.Labels,
	}))
	if err != nil {
		return fallow.Node{}, err
	}
	return rpc.FromNode(res.Msg.GetNode())
}
