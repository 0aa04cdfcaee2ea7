package pin

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fallow"
)

// Direct as [Options].Proxy means no proxy, whatever the environment says.
const Direct = "direct"

// Options say how to reach the server; the zero value will do for most.
type Options struct {
	// Proxy is the URL of an HTTP or SOCKS5 proxy, with name and password if it wants
	// them; "" follows HTTPS_PROXY and NO_PROXY of the environment, and
	// [Direct] uses none.
	Proxy string
	// ExtraCA is the certificate, PEM, of the authority of a proxy that inspects TLS;
	// see the package documentation for what that proxy can do. Default: none.
	ExtraCA []byte
	// Certificate is the node's, presented to servers that ask; nil for none.
	Certificate *tls.Certificate
	// Now is the clock by which certificates are checked; nil for [time.Now].
	Now func() time.Time
}

// ParseServer reads a server's address as people write it: "grid.example.org",
// "grid.example.org:8443" or "https://grid.example.org/". The error is of
// [fallow.CodeInvalid].
func ParseServer(text string) (*url.URL, error) {
	full := text
	if !strings.Contains(text, "://") {
		full = "https://" + text
	}
	u, err := url.Parse(full)
	if err != nil || u.Hostname() == "" || *u != (url.URL{Scheme: "https", Host: u.Host, Path: u.Path}) || strings.Trim(u.Path, "/") != "" {
		return nil, fallow.Errorf(fallow.CodeInvalid, "%q is not a server's address", text).
			WithHint("give it as https://HOST or https://HOST:PORT; servers of a grid speak HTTPS only")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// proxyOf gives the function that chooses the proxy.
func (o Options) proxyOf() (func(*http.Request) (*url.URL, error), error) {
	switch o.Proxy {
	case "":
		return func(r *http.Request) (*url.URL, error) {
			u, err := http.ProxyFromEnvironment(r)
			if err != nil || u == nil {
				return nil, err
			}
			return u, checkProxy(u)
		}, nil
	case Direct:
		return nil, nil
	}
	u, err := url.Parse(o.Proxy)
	if err != nil {
		return nil, unusableProxy()
	}
	return http.ProxyURL(u), checkProxy(u)
}

// checkProxy refuses, among others, a proxy that is itself reached by TLS: net/http
// would check its certificate as if it were the server's.
func checkProxy(u *url.URL) error {
	if u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "socks5" {
		return unusableProxy()
	}
	return nil
}

// unusableProxy doesn't quote the URL, which can hold a password.
func unusableProxy() error {
	return fallow.Errorf(fallow.CodeInvalid, "the HTTP proxy is not given by a URL that can be used").
		WithHint("give it, by the option or as HTTPS_PROXY, as http://HOST:PORT or socks5://HOST:PORT, or as %q for none", Direct)
}

// extraCA gives the authorities of a TLS-inspecting proxy; nil for none.
func (o Options) extraCA() (*x509.CertPool, error) {
	if len(o.ExtraCA) == 0 {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(o.ExtraCA) {
		return nil, fallow.Errorf(fallow.CodeInvalid, "the proxy's certificate authority is not a certificate in PEM form").
			WithHint("ask whoever runs the proxy for its root certificate in PEM form")
	}
	return pool, nil
}
