package nodecert

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/hex"
	"net/url"
	"slices"

	"fallow"
)

// The names stand in the certificate as URIs of the scheme "fallow" (RFC 5280,
// 4.2.1.6).
const (
	scheme          = "fallow"
	nodePrefix      = "node:"
	bundleKeyPrefix = "bundle-key:"
)

// Names gives the URIs of the certificate of a node in a grid whose bundles are
// signed by bundleKey.
func Names(node fallow.NodeID, bundleKey ed25519.PublicKey) []*url.URL {
	return []*url.URL{
		{Scheme: scheme, Opaque: nodePrefix + string(node)},
		{Scheme: scheme, Opaque: bundleKeyPrefix + hex.EncodeToString(bundleKey)},
	}
}

// Check tells whether der is a certificate by the authority for the node with the
// public key, and vouches for bundleKey. Times are not looked at: the server does
// that, and a desktop's clock can be wrong. The error is of [fallow.CodeTampered].
func Check(der []byte, authority *x509.Certificate, public, bundleKey ed25519.PublicKey) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return refuse("it can't be parsed: %w", err)
	}
	if err := cert.CheckSignatureFrom(authority); err != nil {
		return refuse("it is not by the grid's authority: %w", err)
	}
	key, ok := cert.PublicKey.(ed25519.PublicKey)
	if !ok || !bytes.Equal(key, public) {
		return refuse("it is for another key")
	}
	names := make([]string, 0, len(cert.URIs))
	for _, uri := range cert.URIs {
		names = append(names, uri.String())
	}
	for _, want := range Names(fallow.NodeIDOf(public), bundleKey) {
		if !slices.Contains(names, want.String()) {
			return refuse("it does not state %q", want)
		}
	}
	return nil
}

func refuse(format string, args ...any) error {
	return fallow.Errorf(fallow.CodeTampered, "the node's certificate is not valid: %w", fallow.Errorf(fallow.CodeTampered, format, args...)).
		WithHint("join again with a new join token; if that fails in the same way, something between this machine and the server alters what it carries")
}
