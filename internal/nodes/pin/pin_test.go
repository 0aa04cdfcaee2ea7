package pin

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"fallow"
	"fallow/internal/nodes/keyfile"
	"fallow/internal/nodes/sign"
	"fallow/internal/rpc/fallowv1"

	"connectrpc.com/connect"
)

// patience ends a test that would hang; nothing is measured by it.
const patience = time.Minute

func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// Unary calls and streams work directly and through proxies, over both versions of
// HTTP, and the node's certificate gets through.
func TestTalk(t *testing.T) {
	for _, version := range []struct {
		name  string
		major int32
	}{{"HTTP1", 1}, {"HTTP2", 2}} {
		for name, route := range map[string]func(*testing.T) string{
			"direct": func(*testing.T) string { return Direct },
			"CONNECT proxy": func(t *testing.T) string {
				return newProxy(t, &proxy{}).url
			},
			"proxy with password": func(t *testing.T) string {
				p := newProxy(t, &proxy{login: "me:secret"})
				return strings.Replace(p.url, "http://", "http://me:secret@", 1)
			},
			"tinyproxy": tinyproxy,
		} {
			t.Run(version.name+" "+name, func(t *testing.T) {
				g := newGrid(t, version.major == 1)
				if err := g.talk(patient(t), t, Options{Proxy: route(t)}); err != nil {
					t.Fatal(err)
				}
				if g.protocol.Load() != version.major || !g.withCert.Load() {
					t.Errorf("HTTP/%d, certificate %v", g.protocol.Load(), g.withCert.Load())
				}
			})
		}
	}
}

func TestTrustGivesTheAuthority(t *testing.T) {
	g := newGrid(t, false)
	pem, err := Trust(patient(t), g.url, g.authority.Fingerprint(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if cert, err := keyfile.DecodeCertificate(pem); err != nil || fallow.DigestOf(cert.Raw) != g.authority.Fingerprint() {
		t.Errorf("%v", err)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	g, other := newGrid(t, false), newAuthority(t)
	_, trust := Trust(patient(t), g.url, other.Fingerprint(), Options{})
	transport, err := Transport(g.url, other.CertificatePEM(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, later := (&http.Client{Transport: transport}).Get(g.url)
	for name, err := range map[string]error{"first contact": trust, "later": later} {
		if fallow.CodeOf(err) != fallow.CodeDenied || fallow.HintOf(inner(err)) == "" {
			t.Errorf("%s: %v (%s)", name, err, fallow.CodeOf(err))
		}
	}
}

// inner gives the error of ours that others wrap.
func inner(err error) error {
	if e, ok := errors.AsType[*fallow.Error](err); ok {
		return e
	}
	return nil
}

// A server that presents the right authority without being certified by it is
// refused: the authority's certificate is public.
func TestBorrowedAuthorityIsRefused(t *testing.T) {
	g, thief := newGrid(t, false), newAuthority(t)
	own, err := thief.TLSConfig().GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := g.authority.TLSConfig().GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{
		Certificate: [][]byte{own.Certificate[0], theirs.Certificate[1]}, PrivateKey: own.PrivateKey,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: g.authority.Handler(), ErrorLog: silent}
	var wg sync.WaitGroup
	wg.Go(func() { server.Serve(listener) }) // until it is closed below
	_, err = Trust(patient(t), "https://"+listener.Addr().String(), g.authority.Fingerprint(), Options{})
	if fallow.CodeOf(err) != fallow.CodeDenied {
		t.Errorf("%v", err)
	}
	server.Close()
	wg.Wait()
}

func TestWrongClockIsNamed(t *testing.T) {
	g := newGrid(t, false)
	now := func() time.Time { return time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC) }
	_, err := Trust(patient(t), g.url, g.authority.Fingerprint(), Options{Now: now})
	if fallow.CodeOf(err) != fallow.CodeDenied || !strings.Contains(err.Error(), "2010-01-01") {
		t.Errorf("%v", err)
	}
	now = func() time.Time { return time.Now().Add(-20 * 24 * time.Hour) }
	if _, err := Trust(patient(t), g.url, g.authority.Fingerprint(), Options{Now: now}); err != nil {
		t.Errorf("20 days slow: %v", err)
	}
}

func TestUnreachableServer(t *testing.T) {
	g := newGrid(t, false)
	closed := newProxy(t, &proxy{login: "me:secret"})
	for name, o := range map[string]Options{
		"no proxy there":    {Proxy: "http://127.0.0.1:1"},
		"password demanded": {Proxy: closed.url},
	} {
		_, err := Trust(patient(t), g.url, g.authority.Fingerprint(), o)
		if fallow.CodeOf(err) != fallow.CodeUnavailable || fallow.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A TLS-inspecting proxy is refused, unless its authority is accepted; then it can
// read, but what it forges is refused by the server.
func TestInspectingProxy(t *testing.T) {
	g, site := newGrid(t, false), newAuthority(t)
	honest := inspecting(t, site, func(*http.Request) {})
	err := g.talk(patient(t), t, Options{Proxy: honest.url})
	if fallow.CodeOf(err) != fallow.CodeDenied || !strings.Contains(fallow.HintOf(inner(err)), "inspects TLS") {
		t.Errorf("not accepted: %v", err)
	}
	accepted := Options{Proxy: honest.url, ExtraCA: site.CertificatePEM()}
	if err := g.talk(patient(t), t, accepted); err != nil {
		t.Errorf("accepted: %v", err)
	}
	if _, err := Trust(patient(t), g.url, newAuthority(t).Fingerprint(), accepted); fallow.CodeOf(err) != fallow.CodeDenied {
		t.Errorf("another grid's token: %v", err)
	}
	named := strings.Replace(g.url, "127.0.0.1", "grid.test", 1)
	if _, err := Trust(patient(t), named, g.authority.Fingerprint(), accepted); fallow.CodeOf(err) != fallow.CodeDenied {
		t.Errorf("certificate for another name: %v", err)
	}
}

func TestInspectingProxyCantForge(t *testing.T) {
	g, site := newGrid(t, false), newAuthority(t)
	forger := inspecting(t, site, func(r *http.Request) {
		if r.Method == http.MethodPost {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("forged")), int64(len("forged"))
		}
	})
	client, err := g.client(patient(t), t, Options{Proxy: forger.url, ExtraCA: site.CertificatePEM()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Heartbeat(patient(t), connect.NewRequest(&fallowv1.HeartbeatRequest{}))
	refused, ok := errors.AsType[*connect.Error](err)
	if !ok || refused.Code() != connect.CodeUnauthenticated || refused.Meta().Get(sign.HeaderRefused) != string(sign.RefusedBody) {
		t.Errorf("%v", err)
	}
}

// The environment is read once by net/http, so that a child process must do it.
func TestProxyFromEnvironment(t *testing.T) {
	if server := os.Getenv("FALLOW_TEST_SERVER"); server != "" {
		fingerprint, err := fallow.ParseDigest(os.Getenv("FALLOW_TEST_FINGERPRINT"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Trust(patient(t), server, fingerprint, Options{}); err != nil {
			t.Fatal(err)
		}
		return
	}
	g, p := newGrid(t, false), newProxy(t, &proxy{})
	named := strings.Replace(g.url, "127.0.0.1", "grid.test", 1)
	child := exec.CommandContext(patient(t), os.Args[0], "-test.run=^TestProxyFromEnvironment$")
	child.Env = []string{
		"HTTPS_PROXY=" + p.url, "FALLOW_TEST_SERVER=" + named,
		"FALLOW_TEST_FINGERPRINT=" + g.authority.Fingerprint().String(), "TMPDIR=" + t.TempDir(),
	}
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if p.connects.Load() == 0 || "https://"+p.asked.Load().(string) != named {
		t.Errorf("the proxy was asked %d times, for %v", p.connects.Load(), p.asked.Load())
	}
}

func TestOptionsAreChecked(t *testing.T) {
	a := newAuthority(t)
	for name, test := range map[string]struct {
		server string
		ca     []byte
		o      Options
	}{
		"http":           {"http://grid", a.CertificatePEM(), Options{}},
		"no host":        {"https://", a.CertificatePEM(), Options{}},
		"no authority":   {"grid", nil, Options{}},
		"proxy by HTTPS": {"grid", a.CertificatePEM(), Options{Proxy: "https://proxy:1"}},
		"proxy as host":  {"grid", a.CertificatePEM(), Options{Proxy: "proxy:8080"}},
		"bad extra CA":   {"grid", a.CertificatePEM(), Options{ExtraCA: []byte("x")}},
	} {
		if _, err := Transport(test.server, test.ca, test.o); fallow.CodeOf(err) != fallow.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Transport("grid", a.CertificatePEM(), Options{Proxy: "ftp://me:secret@proxy"})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("the error shows the password: %v", err)
	}
}

func FuzzParseServer(f *testing.F) {
	f.Add("grid.example.org:8443")
	f.Add("https://[2001:db8::1]:8443/")
	f.Add("http://grid")
	f.Add("https://me@grid?x#y")
	f.Add("0/#//")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := ParseServer(text)
		if err != nil {
			if fallow.CodeOf(err) != fallow.CodeInvalid {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again, err := ParseServer(u.String())
		if err != nil || again.String() != u.String() || u.Scheme != "https" {
			t.Errorf("%q gives %q, then %v, %v", text, u, again, err)
		}
	})
}
