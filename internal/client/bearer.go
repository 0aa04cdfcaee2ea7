package client

import (
	"net/http"

	"fallow/internal/nodes/token"
)

// bearer adds the token's secret to every request (RFC 6750, 2.1).
type bearer struct {
	secret token.Secret
	next   http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	signed := r.Clone(r.Context())
	signed.Header.Set("Authorization", "Bearer "+b.secret.Reveal())
	return b.next.RoundTrip(signed)
}

// CloseIdleConnections makes [http.Client.CloseIdleConnections] reach the transport.
func (b bearer) CloseIdleConnections() { closeIdle(b.next) }

func closeIdle(transport http.RoundTripper) {
	if closer, ok := transport.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}
