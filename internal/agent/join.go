package agent

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/nodes/keys"
	"fallow/internal/nodes/pin"
	"fallow/internal/nodes/sign"
	"fallow/internal/nodes/token"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

// Join makes this machine a node of the grid at a server: it makes the node's key,
// gets a certificate for it and keeps both in the state folder. A machine that
// joined before keeps its identity; joining twice is an error of code conflict.
func Join(ctx context.Context, c Config, server, tokenText string) (fallow.NodeID, error) {
	switch id, err := keys.Load(c.IdentityDir()); {
	case err == nil:
		return "", fallow.Errorf(fallow.CodeConflict, "this machine is already node %s of the grid at %s", id.Node(), id.Server).
			WithHint("start the agent with 'fallow-agent run'; to join another grid, remove %s first", c.IdentityDir())
	case fallow.CodeOf(err) != fallow.CodeNotFound:
		return "", err
	}
	invitation, err := token.Parse(token.Join, tokenText)
	if err != nil {
		return "", err
	}
	address, err := pin.ParseServer(server)
	if err != nil {
		return "", err
	}
	authority, err := pin.Trust(ctx, address.String(), invitation.Fingerprint, c.reach())
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(c.Dir, 0o711); err != nil {
		return "", fmt.Errorf("make state folder: %w", err)
	}
	identity, err := keys.New()
	if err != nil {
		return "", err
	}
	identity.Server, identity.Authority = address.String(), string(authority)
	if err := enrol(ctx, c, &identity, invitation); err != nil {
		return "", err
	}
	return identity.Node(), keys.Create(c.IdentityDir(), identity)
}

// enrol presents the new key to the server and completes the identity with what it
// answers.
func enrol(ctx context.Context, c Config, identity *keys.Identity, invitation token.Token) error {
	inventory, err := measure(ctx, c)
	if err != nil {
		return err
	}
	transport, err := pin.Transport(identity.Server, []byte(identity.Authority), c.reach())
	if err != nil {
		return err
	}
	defer transport.CloseIdleConnections()
	name, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("find this machine's name: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	response, err := nodeClient(&http.Client{Transport: transport}, identity.Server).Enrol(ctx, connect.NewRequest(&fallowv1.EnrolRequest{
		TokenSecret: invitation.Secret.Reveal(),
		PublicKey:   identity.Public(),
		Proof:       sign.Proof(identity.Key, token.Hash(invitation.Secret)),
		Name:        name,
		Inventory:   rpc.ToInventory(inventory),
	}))
	if err != nil {
		return err
	}
	identity.Certificate, identity.BundleKey = response.Msg.Certificate, response.Msg.BundleKey
	return nil
}
