package pki

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"

	"fallow"
	"fallow/internal/nodes/nodecert"
)

// IssueNode gives the node with the public key its client certificate, in DER form.
// It vouches for the bundle key, too, and is valid as long as the authority:
// laptops vanish for months, and who may speak is decided at each request, not by
// the certificate's end. The error is of [fallow.CodeInvalid] if the node's name
// does not follow from the key.
func (a *Authority) IssueNode(publicKey ed25519.PublicKey, node fallow.NodeID) ([]byte, error) {
	if len(publicKey) != ed25519.PublicKeySize || fallow.NodeIDOf(publicKey) != node {
		return nil, fallow.Errorf(fallow.CodeInvalid, "node %q does not have the key presented", node)
	}
	cert, err := a.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: string(node)},
		NotBefore:   a.certificate.NotBefore,
		NotAfter:    a.certificate.NotAfter,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		URIs:        nodecert.Names(node, a.bundleKey.Public().(ed25519.PublicKey)),
	}, publicKey)
	if err != nil {
		return nil, fmt.Errorf("issue the certificate of node %q: %w", node, err)
	}
	return cert.Raw, nil
}
