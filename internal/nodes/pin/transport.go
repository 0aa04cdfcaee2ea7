package pin

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"fallow"
	"fallow/internal/nodes/keyfile"
)

// The waits for a connection. A call itself has no limit here: a lease may wait and
// a stream is long; callers set theirs by the context.
const (
	dialTimeout      = 15 * time.Second
	handshakeTimeout = 15 * time.Second
	keepAlive        = 30 * time.Second
	idleTimeout      = 90 * time.Second
	// pingAfter of silence an HTTP/2 connection is probed, and given up pingTimeout
	// later, so that a desktop that slept or moved to another network notices.
	pingAfter   = 30 * time.Second
	pingTimeout = 15 * time.Second
	// maxIdle bounds the idle connections to the server.
	maxIdle = 4
	// maxHeader bounds the headers of an answer.
	maxHeader = 64 * fallow.KiB
)

// Transport makes the client side to a server, as written in [ParseServer]'s form,
// whose authority's certificate (PEM) was kept from [Trust]. It speaks HTTP/2, or
// HTTP/1.1 where the server or a proxy can't.
func Transport(server string, authority []byte, o Options) (*http.Transport, error) {
	u, err := ParseServer(server)
	if err != nil {
		return nil, err
	}
	cert, err := keyfile.DecodeCertificate(authority)
	if err != nil {
		return nil, fallow.Errorf(fallow.CodeInvalid, "the certificate of the grid's authority can't be read: %w", err)
	}
	return o.transport(check{host: u.Hostname(), authority: cert})
}

// transport completes the check by the options.
func (o Options) transport(c check) (*http.Transport, error) {
	proxy, err := o.proxyOf()
	if err != nil {
		return nil, err
	}
	if c.extra, err = o.extraCA(); err != nil {
		return nil, err
	}
	if c.now = o.Now; c.now == nil {
		c.now = time.Now
	}
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            (&net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive}).DialContext,
		TLSClientConfig:        o.tls(c),
		TLSHandshakeTimeout:    handshakeTimeout,
		ForceAttemptHTTP2:      true, // net/http leaves it out where TLS is configured
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
		MaxIdleConnsPerHost:    maxIdle,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: int64(maxHeader),
	}, nil
}

func (o Options) tls(c check) *tls.Config {
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		// The check below takes the place of the usual one, which knows the system's
		// authorities and compares names.
		InsecureSkipVerify: true,
		VerifyConnection:   c.verify,
	}
	if o.Certificate != nil {
		config.Certificates = []tls.Certificate{*o.Certificate} // for who accepts its issuer
	}
	return config
}
