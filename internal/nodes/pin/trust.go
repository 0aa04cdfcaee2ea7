package pin

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"fallow"
	"fallow/internal/nodes/keyfile"
)

// AuthorityPath is where a server serves its authority's certificate, PEM, for those
// to whom a TLS-inspecting proxy doesn't show it. Who serves it need not be trusted:
// it is recognised by the fingerprint.
const AuthorityPath = "/v1/authority"

const (
	// trustTimeout bounds a first contact.
	trustTimeout = 60 * time.Second
	// maxAuthority bounds the answer.
	maxAuthority = 64 * fallow.KiB
)

// Trust makes the first contact to a server and gives the certificate, PEM, of the
// authority with the fingerprint from the token, to be kept for [Transport]. The
// error is of [fallow.CodeDenied] if the server is not of that grid, and of
// [fallow.CodeUnavailable] if it can't be reached.
func Trust(ctx context.Context, server string, fingerprint fallow.Digest, o Options) ([]byte, error) {
	u, err := ParseServer(server)
	if err != nil {
		return nil, err
	}
	// The handshake may run on a goroutine of net/http that outlives the request.
	var presented atomic.Pointer[x509.Certificate]
	transport, err := o.transport(check{host: u.Hostname(), fingerprint: fingerprint, presented: presented.Store})
	if err != nil {
		return nil, err
	}
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, trustTimeout)
	defer cancel()
	answer, err := fetch(ctx, transport, u.JoinPath(AuthorityPath))
	if err != nil {
		return nil, unreachable(u, err)
	}
	if cert := presented.Load(); cert != nil {
		return keyfile.EncodeCertificate(cert.Raw), nil
	}
	return recognise(u, answer, fingerprint)
}

// fetch gives the body of the answer, whatever its status: a server that presented
// its authority in the handshake has answered already.
func fetch(ctx context.Context, transport *http.Transport, u *url.URL) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, int64(maxAuthority)))
}

// recognise takes the authority from an answer that came through a TLS-inspecting
// proxy.
func recognise(u *url.URL, answer []byte, fingerprint fallow.Digest) ([]byte, error) {
	block, _ := pem.Decode(answer)
	if block == nil || fallow.DigestOf(block.Bytes) != fingerprint {
		return nil, fallow.Errorf(fallow.CodeDenied, "server %q, reached through a proxy that inspects TLS, is not of the expected grid", u.Host).
			WithHint("check the address, and that the token is of this grid")
	}
	return keyfile.EncodeCertificate(block.Bytes), nil
}

// unreachable leaves what the check said, and says of all else that the server can't
// be reached.
func unreachable(u *url.URL, err error) error {
	if _, ok := errors.AsType[*fallow.Error](err); ok {
		return fmt.Errorf("first contact: %w", err)
	}
	return fallow.Errorf(fallow.CodeUnavailable, "can't reach server %q: %w", u.Host, err).
		WithHint("check the address, the network, and whether an HTTP proxy is needed (HTTPS_PROXY; fallow-agent also has --proxy)")
}
