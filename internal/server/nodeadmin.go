package server

import (
	"context"
	"maps"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/nodes/token"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/store"
)

// The limits of a join token.
const (
	maxTokenLife = 365 * 24 * time.Hour
	maxTokenUses = 100_000
)

// nodeAdminService answers operators about nodes.
type nodeAdminService struct{ *Server }

// CreateJoinToken implements the service.
func (s nodeAdminService) CreateJoinToken(ctx context.Context, r *connect.Request[fallowv1.CreateJoinTokenRequest]) (*connect.Response[fallowv1.CreateJoinTokenResponse], error) {
	if err := need(ctx, store.Operator); err != nil {
		return nil, err
	}
	valid, uses := time.Duration(r.Msg.Valid), int(r.Msg.Uses)
	if valid <= 0 || valid > maxTokenLife || uses < 1 || uses > maxTokenUses {
		return nil, fallow.Errorf(fallow.CodeInvalid, "a join token is valid for up to %s and %d uses; asked for %s and %d", maxTokenLife, maxTokenUses, valid, uses)
	}
	t, err := s.NewJoinToken(ctx, userFrom(ctx).Name, valid, uses)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&fallowv1.CreateJoinTokenResponse{
		Token:   t.Reveal(),
		Expires: rpc.ToTime(s.config.Now().Add(valid)),
	}), nil
}

// NewJoinToken makes a token by which machines become nodes.
func (s *Server) NewJoinToken(ctx context.Context, who string, valid time.Duration, uses int) (token.Token, error) {
	t := token.New(token.Join, s.authority.Fingerprint())
	now := s.config.Now()
	return t, s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.PutJoinToken(store.JoinToken{Hash: token.Hash(t.Secret), Expires: now.Add(valid), Uses: uses}); err != nil {
			return err
		}
		return tx.Audit(store.AuditEntry{Time: now, Who: who, What: "make join token", Thing: "grid"})
	})
}

// ListNodes implements the service.
func (s nodeAdminService) ListNodes(ctx context.Context, r *connect.Request[fallowv1.ListNodesRequest]) (*connect.Response[fallowv1.ListNodesResponse], error) {
	if err := need(ctx, store.Operator); err != nil {
		return nil, err
	}
	response := &fallowv1.ListNodesResponse{}
	err := s.store.View(ctx, func(v store.Reader) error {
		nodes, err := v.Nodes(fallow.NodeID(r.Msg.After), page(r.Msg.Limit))
		response.Nodes = nil
		for _, n := range nodes {
			response.Nodes = append(response.Nodes, rpc.ToNode(n))
		}
		return err
	})
	return connect.NewResponse(response), err
}

// SetNode implements the service.
func (s nodeAdminService) SetNode(ctx context.Context, r *connect.Request[fallowv1.SetNodeRequest]) (*connect.Response[fallowv1.SetNodeResponse], error) {
	if err := need(ctx, store.Operator); err != nil {
		return nil, err
	}
	labels, err := rpc.FromLabels(r.Msg.Labels)
	if err != nil {
		return nil, err
	}
	id, state := fallow.NodeID(r.Msg.Node), fallow.NodeState(r.Msg.State)
	var node fallow.Node
	err = s.store.Update(ctx, func(tx store.Tx) (err error) {
		if node, err = tx.Node(id); err != nil {
			return err
		}
		if err := s.setState(tx, id, state, r.Msg.Reason); err != nil {
			return err
		}
		if len(labels) > 0 {
			if err := tx.SetLabels(id, merged(node.Labels, labels)); err != nil {
				return err
			}
		}
		if node, err = tx.Node(id); err != nil {
			return err
		}
		return tx.Audit(store.AuditEntry{
			Time: s.config.Now(), Who: userFrom(ctx).Name, What: "set node " + r.Msg.State, Thing: "node " + r.Msg.Node, Detail: r.Msg.Reason,
		})
	})
	if err != nil {
		return nil, err
	}
	s.dispatcher.Offer()
	return connect.NewResponse(&fallowv1.SetNodeResponse{Node: rpc.ToNode(node)}), nil
}

// setState moves a node to a state that an operator may choose. Activating it
// clears a quarantine.
func (s nodeAdminService) setState(tx store.Tx, id fallow.NodeID, state fallow.NodeState, reason string) error {
	switch state {
	case "":
		return nil
	case fallow.NodeActive:
		if err := tx.SetQuarantine(id, fallow.Quarantine{}); err != nil {
			return err
		}
	case fallow.NodeDraining, fallow.NodeBanned:
	default:
		return fallow.Errorf(fallow.CodeInvalid, "%q is not a state that a node can be set to", state).
			WithHint("use active, draining or banned")
	}
	return tx.SetNodeState(id, state, reason)
}

// merged gives labels with changes made; an empty value removes one.
func merged(labels, changes map[string]string) map[string]string {
	out := maps.Clone(labels)
	if out == nil {
		out = map[string]string{}
	}
	for name, value := range changes {
		if value == "" {
			delete(out, name)
		} else {
			out[name] = value
		}
	}
	return out
}
