package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"fallow"
)

const (
	// serverLife is the life of the server's TLS certificate.
	serverLife = 90 * 24 * time.Hour
	// serverRenew is what remains of it when it is replaced, and so how fast a
	// desktop's clock may be and still find it valid.
	serverRenew = 60 * 24 * time.Hour
	// MaxHosts bounds the names and addresses of one server.
	MaxHosts = 100
)

// names is what a server is reached by.
type names struct {
	dns []string
	ips []net.IP
}

// serverCertificate is the TLS certificate in use.
type serverCertificate struct {
	names   names
	mu      sync.Mutex
	current *tls.Certificate
}

// TLSConfig is the server's: it offers HTTP/2 and HTTP/1.1, presents its certificate
// with the authority's, and checks a node's certificate if one is presented. None is
// demanded, because a TLS-inspecting proxy can't present one: who calls is decided
// by package verify.
func (a *Authority) TLSConfig() *tls.Config {
	nodes := x509.NewCertPool()
	nodes.AddCert(a.certificate)
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		ClientAuth: tls.VerifyClientCertIfGiven,
		ClientCAs:  nodes,
		Time:       a.now,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return a.serverCertificate()
		},
	}
}

// Handler serves the authority's certificate, for clients behind a TLS-inspecting
// proxy, which hides it from them. They recognise it by its fingerprint.
func (a *Authority) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-pem-file")
		w.Write(a.CertificatePEM()) // a client that went away is no failure of ours
	})
}

// serverCertificate gives the certificate in use, a new one when it is time.
func (a *Authority) serverCertificate() (*tls.Certificate, error) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	if c := a.server.current; c != nil && a.now().Before(c.Leaf.NotAfter.Add(-serverRenew)) {
		return c, nil
	}
	fresh, err := a.issueServer()
	if err != nil {
		return nil, fmt.Errorf("make the server's certificate: %w", err)
	}
	a.server.current = fresh
	return fresh, nil
}

func (a *Authority) issueServer() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leaf, err := a.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: a.server.names.dns[0]},
		NotBefore:   a.now().Add(-clockGrace),
		NotAfter:    a.now().Add(serverLife),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    a.server.names.dns,
		IPAddresses: a.server.names.ips,
	}, key.Public())
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{leaf.Raw, a.certificate.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// issue signs a certificate for the key. The serial number is left to crypto/x509,
// which draws it at random.
func (a *Authority) issue(template *x509.Certificate, public any) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, public, a.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// serverNames sorts hosts into names and addresses and adds the local ones.
func serverNames(hosts []string) (names, error) {
	if len(hosts) > MaxHosts {
		return names{}, fallow.Errorf(fallow.CodeLimit, "%d host names for one server; MaxHosts is %d", len(hosts), MaxHosts)
	}
	var n names
	for _, host := range append(slices.Clone(hosts), "localhost", "127.0.0.1", "::1") {
		if ip := net.ParseIP(strings.Trim(host, "[]")); ip != nil {
			n.ips = append(n.ips, ip)
		} else if host != "" && !strings.ContainsAny(host, ":/ @") {
			n.dns = append(n.dns, host)
		} else {
			return names{}, fallow.Errorf(fallow.CodeInvalid, "%q is not a host name or an IP address", host).
				WithHint("give a name such as grid.example.org or an address such as 192.0.2.7, without scheme and port")
		}
	}
	return n, nil
}
