package server

import (
	"context"
	"crypto/ed25519"
	"strings"
	"unicode"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/nodes/sign"
	"fallow/internal/nodes/token"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/store"
)

// maxHostName bounds the name a node gives itself (POSIX HOST_NAME_MAX is less).
const maxHostName = 255

// Enrol implements the service.
func (s nodeService) Enrol(ctx context.Context, r *connect.Request[fallowv1.EnrolRequest]) (*connect.Response[fallowv1.EnrolResponse], error) {
	secret, err := token.ParseSecret(r.Msg.TokenSecret)
	if err != nil {
		return nil, err
	}
	node, err := newNode(r.Msg)
	if err != nil {
		return nil, err
	}
	if err := sign.CheckProof(node.PublicKey, token.Hash(secret), r.Msg.Proof); err != nil {
		return nil, err
	}
	certificate, err := s.authority.IssueNode(node.PublicKey, node.ID)
	if err != nil {
		return nil, err
	}
	if err := s.admit(ctx, node, token.Hash(secret)); err != nil {
		return nil, err
	}
	s.config.Log.Info("node joined", "node", node.ID, "name", node.Name)
	return connect.NewResponse(&fallowv1.EnrolResponse{
		Node:        string(node.ID),
		Certificate: certificate,
		BundleKey:   s.authority.BundleKey().Public().(ed25519.PublicKey),
	}), nil
}

func newNode(m *fallowv1.EnrolRequest) (fallow.Node, error) {
	if len(m.PublicKey) != ed25519.PublicKeySize {
		return fallow.Node{}, fallow.Errorf(fallow.CodeInvalid, "public key has %d bytes, an Ed25519 key has %d", len(m.PublicKey), ed25519.PublicKeySize)
	}
	if len(m.Name) > maxHostName {
		return fallow.Node{}, fallow.Errorf(fallow.CodeLimit, "host name is longer than %d bytes", maxHostName)
	}
	if strings.ContainsFunc(m.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fallow.Node{}, fallow.Errorf(fallow.CodeInvalid, "host name %q has characters that cannot be printed", m.Name)
	}
	inventory, err := rpc.FromInventory(m.Inventory)
	if err != nil {
		return fallow.Node{}, err
	}
	return fallow.Node{
		ID:        fallow.NodeIDOf(m.PublicKey),
		Name:      m.Name,
		PublicKey: m.PublicKey,
		State:     fallow.NodeActive,
		Inventory: inventory,
	}, nil
}

// admit takes one use off the join token and stores the node, both or none.
func (s nodeService) admit(ctx context.Context, node fallow.Node, tokenHash [32]byte) error {
	node.Joined = s.config.Now()
	node.LastSeen = node.Joined
	return s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.UseJoinToken(tokenHash, node.Joined); err != nil {
			return err
		}
		known, err := tx.Node(node.ID)
		switch {
		case err != nil && fallow.CodeOf(err) != fallow.CodeNotFound:
			return err
		case known.State == fallow.NodeBanned:
			return banned(node.ID, known.Reason)
		}
		if err := tx.PutNode(node); err != nil {
			return err
		}
		return tx.Audit(store.AuditEntry{Time: node.Joined, Who: "node " + string(node.ID), What: "join", Thing: "node " + string(node.ID), Detail: node.Name})
	})
}

func banned(id fallow.NodeID, reason string) error {
	return fallow.Errorf(fallow.CodeDenied, "node %s is banned from this grid: %s", id, reason).
		WithHint("an operator can let it in again with 'fallow node activate %s'", id)
}

// nodeKey finds the public key by which a node's requests are checked.
func (s *Server) nodeKey(ctx context.Context, id fallow.NodeID) (ed25519.PublicKey, error) {
	var node fallow.Node
	err := s.store.View(ctx, func(v store.Reader) (err error) {
		node, err = v.Node(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if node.State == fallow.NodeBanned {
		return nil, banned(id, node.Reason)
	}
	return node.PublicKey, nil
}
