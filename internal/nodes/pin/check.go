package pin

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"

	"fallow"
)

// check decides which servers are trusted.
type check struct {
	host        string
	fingerprint fallow.Digest
	authority   *x509.Certificate // kept; nil at first contact
	extra       *x509.CertPool    // of a TLS-inspecting proxy; nil for none
	now         func() time.Time
	// presented gets the authority that a server presented at first contact.
	presented func(*x509.Certificate)
}

// verify replaces the check of crypto/tls, for new and for resumed connections.
func (c check) verify(state tls.ConnectionState) error {
	leaf := state.PeerCertificates[0] // a TLS client gets one at least
	authority := c.authority
	if authority == nil {
		authority = c.find(state.PeerCertificates)
	}
	if authority != nil {
		err := c.leads(leaf, authority)
		if err == nil && c.presented != nil {
			c.presented(authority)
		}
		if err == nil || c.extra == nil {
			return c.explain(leaf, err)
		}
	}
	if c.extra == nil {
		return c.stranger(leaf)
	}
	return c.explain(leaf, c.inspected(leaf, state.PeerCertificates[1:]))
}

// find gives the certificate with the fingerprint, if the server presented it.
func (c check) find(chain []*x509.Certificate) *x509.Certificate {
	for _, cert := range chain {
		if fallow.DigestOf(cert.Raw) == c.fingerprint {
			return cert
		}
	}
	return nil
}

func (c check) leads(leaf, authority *x509.Certificate) error {
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots:       roots,
		CurrentTime: c.now(),
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return err
}

// inspected checks what a TLS-inspecting proxy presents. Its authority certifies
// everyone, so here the name counts.
func (c check) inspected(leaf *x509.Certificate, chain []*x509.Certificate) error {
	between := x509.NewCertPool()
	for _, cert := range chain {
		between.AddCert(cert)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		DNSName:       c.host,
		Roots:         c.extra,
		Intermediates: between,
		CurrentTime:   c.now(),
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return err
}

// explain says what to do about a certificate that was refused.
func (c check) explain(leaf *x509.Certificate, err error) error {
	if err == nil {
		return nil
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return fallow.Errorf(fallow.CodeDenied, "the certificate of server %q is valid from %s to %s, but this machine's clock says %s",
			c.host, leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly), c.now().Format(time.DateOnly)).
			WithHint("set this machine's clock; if it is right, the server's is wrong")
	}
	return c.stranger(leaf)
}

func (c check) stranger(leaf *x509.Certificate) error {
	return fallow.Errorf(fallow.CodeDenied, "server %q is not of the expected grid: its certificate is issued by %q", c.host, leaf.Issuer.CommonName).
		WithHint("check the address, and that the token is of this grid; if that issuer is a proxy of your site that inspects TLS, accept its certificate authority explicitly")
}
