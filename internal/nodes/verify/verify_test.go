package verify

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"fallow"
	"fallow/internal/nodes/sign"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// grid is a server with one node, both with clocks that the test sets.
type grid struct {
	server     *httptest.Server
	key        ed25519.PrivateKey
	node       fallow.NodeID
	serverTime time.Time
	lookupErr  error
	handled    []string // bodies that reached the handler
}

func newGrid(t *testing.T) *grid {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	public := key.Public().(ed25519.PublicKey)
	g := &grid{key: key, node: fallow.NodeIDOf(public), serverTime: start}
	lookup := func(_ context.Context, node fallow.NodeID) (ed25519.PublicKey, error) {
		if node != g.node {
			return nil, fallow.Errorf(fallow.CodeNotFound, "no node %q", node)
		}
		return public, g.lookupErr
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		node, ok := NodeFrom(r.Context())
		content, err := io.ReadAll(r.Body)
		if !ok || node != g.node || err != nil {
			t.Errorf("handler: node %q %v, %v", node, ok, err)
		}
		g.handled = append(g.handled, string(content))
	})
	checked := Middleware(lookup, func() time.Time { return g.serverTime })(handler)
	g.server = httptest.NewServer(http.StripPrefix("/api", checked))
	t.Cleanup(g.server.Close)
	return g
}

func (g *grid) client(clock time.Time) *sign.Transport {
	return sign.NewTransport(g.key, http.DefaultTransport, func() time.Time { return clock })
}

// send sends the request and gives the status and the refusal.
func (g *grid) send(t *testing.T, rt http.RoundTripper, method, path, body string) (int, sign.Refusal) {
	t.Helper()
	req, err := http.NewRequest(method, g.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		checkJSON(t, resp)
	}
	return resp.StatusCode, sign.Refusal(resp.Header.Get(sign.HeaderRefused))
}

// checkJSON: every refusal is a Connect error with words for people.
func checkJSON(t *testing.T, resp *http.Response) {
	t.Helper()
	var got struct{ Code, Message string }
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got.Code == "" || got.Message == "" {
		t.Errorf("answer %+v, %v", got, err)
	}
}

// tamper is a proxy that changes requests on their way.
type tamper func(*http.Request)

func (f tamper) RoundTrip(r *http.Request) (*http.Response, error) {
	f(r)
	return http.DefaultTransport.RoundTrip(r)
}

func TestSignedRequestPasses(t *testing.T) {
	g := newGrid(t)
	for _, r := range []struct{ method, path, body string }{
		{"POST", "/api/fallow.v1.NodeService/Lease", "request"},
		{"GET", "/api/v1/x?a=b%2Fc&d", ""},
		{"POST", "/api/empty", ""},
	} {
		if status, why := g.send(t, g.client(start), r.method, r.path, r.body); status != http.StatusOK {
			t.Errorf("%v: %d %s", r, status, why)
		}
	}
	if fmt.Sprint(g.handled) != "[request  ]" {
		t.Errorf("handled %q", g.handled)
	}
}

// Whatever a proxy changes is noticed.
func TestTamperedRequestIsRefused(t *testing.T) {
	body := func(s string) tamper {
		return func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(s)), int64(len(s))
		}
	}
	header := func(name, value string) tamper { return func(r *http.Request) { r.Header.Set(name, value) } }
	for name, test := range map[string]struct {
		change tamper
		why    sign.Refusal
	}{
		"method":        {func(r *http.Request) { r.Method = "PUT" }, sign.RefusedSignature},
		"path":          {func(r *http.Request) { r.URL.Path = "/api/b" }, sign.RefusedSignature},
		"query":         {func(r *http.Request) { r.URL.RawQuery = "x" }, sign.RefusedSignature},
		"body":          {body("other"), sign.RefusedBody},
		"cut body":      {body("reques"), sign.RefusedBody},
		"no body":       {body(""), sign.RefusedBody},
		"time":          {header(sign.HeaderTime, fmt.Sprint(start.UnixNano()+1)), sign.RefusedSignature},
		"time's form":   {header(sign.HeaderTime, "noon"), sign.RefusedForm},
		"nonce":         {header(sign.HeaderNonce, "AAAA"), sign.RefusedSignature},
		"no nonce":      {header(sign.HeaderNonce, ""), sign.RefusedForm},
		"digest":        {header(sign.HeaderDigest, fallow.DigestOf([]byte("other")).String()), sign.RefusedSignature},
		"digest away":   {header(sign.HeaderDigest, sign.DigestInPath), sign.RefusedSignature},
		"signature":     {header(sign.HeaderSignature, strings.Repeat("00", 64)), sign.RefusedSignature},
		"signature off": {header(sign.HeaderSignature, "zz"), sign.RefusedSignature},
		"another node":  {header(sign.HeaderNode, "aaaaaaaaaaaaaaaa"), sign.RefusedUnknown},
		"no node":       {header(sign.HeaderNode, ""), sign.RefusedForm},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGrid(t)
			rt := sign.NewTransport(g.key, test.change, func() time.Time { return start })
			status, why := g.send(t, rt, "POST", "/api/a", "request")
			if status != http.StatusUnauthorized || why != test.why || len(g.handled) > 0 {
				t.Errorf("%d %q, handled %q", status, why, g.handled)
			}
		})
	}
}

// A body that is not in the signature is accepted only for a file.
func TestOnlyFilesAreNotHashed(t *testing.T) {
	file := "/v1/files/" + fallow.DigestOf([]byte("x")).String()
	req := httptest.NewRequest("POST", "/a", strings.NewReader("x"))
	req.Header.Set(sign.HeaderDigest, sign.DigestInPath)
	if no := checkBody(req, sign.FormOf("POST", "/a", req.Header)); no == nil || no.why != sign.RefusedForm {
		t.Errorf("POST: %+v", no)
	}
	body := io.NopCloser(unread{t})
	put := httptest.NewRequest("PUT", file, nil)
	put.Header.Set(sign.HeaderDigest, sign.DigestInPath)
	put.Body = body
	if no := checkBody(put, sign.FormOf("PUT", file, put.Header)); no != nil || put.Body != body {
		t.Errorf("PUT of a file: %+v", no)
	}
}

// unread fails the test when it is read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the middleware read the file")
	return 0, io.EOF
}

func TestLongMessageIsRefused(t *testing.T) {
	long := bytes.NewReader(make([]byte, fallow.MaxMessage+1))
	req := httptest.NewRequest("POST", "/a", long)
	req.Header.Set(sign.HeaderDigest, fallow.DigestOf(nil).String())
	no := checkBody(req, sign.FormOf("POST", "/a", req.Header))
	if no == nil || no.why != sign.RefusedBody || !strings.Contains(no.Message, "MaxMessage") {
		t.Errorf("%+v", no)
	}
}

func TestWrongClockCorrectsItself(t *testing.T) {
	for _, off := range []time.Duration{-40 * 365 * 24 * time.Hour, -sign.MaxSkew - time.Second, sign.MaxSkew + time.Second, 100 * time.Hour} {
		g := newGrid(t)
		client := g.client(start.Add(off))
		for _, body := range []string{"first", "second"} {
			if status, why := g.send(t, client, "POST", "/api/a", body); status != http.StatusOK {
				t.Errorf("off by %v, %s: %d %s", off, body, status, why)
			}
		}
		if client.ClockOffset() != -off || fmt.Sprint(g.handled) != "[first second]" {
			t.Errorf("off by %v: corrected by %v, handled %q", off, client.ClockOffset(), g.handled)
		}
	}
}

func TestSkewIsAcceptedToItsLimit(t *testing.T) {
	for _, off := range []time.Duration{-sign.MaxSkew, 0, sign.MaxSkew} {
		g := newGrid(t)
		client := g.client(start.Add(off))
		if status, why := g.send(t, client, "POST", "/api/a", ""); status != http.StatusOK || client.ClockOffset() != 0 {
			t.Errorf("off by %v: %d %s, corrected by %v", off, status, why, client.ClockOffset())
		}
	}
}

// A copy of a request that passed is refused for as long as its signature is valid.
func TestReplayIsRefused(t *testing.T) {
	g := newGrid(t)
	var copied http.Header
	record := tamper(func(r *http.Request) { copied = r.Header.Clone() })
	ahead := sign.NewTransport(g.key, record, func() time.Time { return start.Add(sign.MaxSkew) })
	if status, _ := g.send(t, ahead, "POST", "/api/a", "x"); status != http.StatusOK {
		t.Fatal(status)
	}
	replay := tamper(func(r *http.Request) { r.Header = copied.Clone() })
	for _, later := range []time.Duration{0, sign.MaxSkew, 2 * sign.MaxSkew} {
		g.serverTime = start.Add(later)
		if status, why := g.send(t, replay, "POST", "/api/a", "x"); status != http.StatusUnauthorized || why != sign.RefusedReplay {
			t.Errorf("after %v: %d %q", later, status, why)
		}
	}
	g.serverTime = start.Add(2*sign.MaxSkew + time.Second)
	if _, why := g.send(t, replay, "POST", "/api/a", "x"); why != sign.RefusedClock {
		t.Errorf("after its time: %q", why)
	}
	if len(g.handled) != 1 {
		t.Errorf("handled %q", g.handled)
	}
}

func TestLookupDecides(t *testing.T) {
	for _, test := range []struct {
		err    error
		status int
		why    sign.Refusal
	}{
		{fallow.Errorf(fallow.CodeDenied, "stole results"), http.StatusForbidden, sign.RefusedBanned},
		{fallow.Errorf(fallow.CodeNotFound, "no such node"), http.StatusUnauthorized, sign.RefusedUnknown},
		{errors.New("database is locked"), http.StatusServiceUnavailable, sign.RefusedLookup},
	} {
		g := newGrid(t)
		g.lookupErr = test.err
		status, why := g.send(t, g.client(start), "POST", "/api/a", "")
		if status != test.status || why != test.why || len(g.handled) > 0 {
			t.Errorf("%v: %d %q", test.err, status, why)
		}
	}
}

// One node's TLS certificate does not go with another's signature.
func TestCertificateOfAnotherIsRefused(t *testing.T) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/x", nil)
	form := sign.FormOf("GET", "/x", r.Header)
	r.Header.Set(sign.HeaderSignature, hex.EncodeToString(ed25519.Sign(key, form.Text())))
	for presented, ok := range map[*ed25519.PublicKey]bool{&public: true, &other: false} {
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{PublicKey: *presented}}}
		if no := checkSignature(r, form, public); (no == nil) != ok {
			t.Errorf("the node's own certificate: %v, refusal %+v", ok, no)
		}
	}
}

func TestNodeFromElsewhere(t *testing.T) {
	if node, ok := NodeFrom(t.Context()); ok || node != "" {
		t.Errorf("%q", node)
	}
}

// The memory knows exactly the last requests of a shard that are not too old, as
// the plain model does.
func TestMemoryFollowsModel(t *testing.T) {
	const limit = 8
	rapid.Check(t, func(t *rapid.T) {
		s := shard{limit: limit, set: map[uint64]struct{}{}}
		var model []remembered
		now := int64(0)
		for _, step := range rapid.SliceOfN(rapid.Uint64Range(0, 15), 1, 200).Draw(t, "steps") {
			now += int64(rapid.SampledFrom([]time.Duration{0, time.Second, rememberFor / 4}).Draw(t, "wait"))
			for len(model) > 0 && (model[0].until < now || len(model) >= limit) {
				model = model[1:]
			}
			want := true
			for _, r := range model {
				want = want && r.hash != step
			}
			if got := s.first(step, now); got != want {
				t.Fatalf("%d at %d: first %v", step, now, got)
			}
			if want {
				model = append(model, remembered{step, now + int64(rememberFor)})
			}
			if len(s.set) > limit || len(s.queue) > 2*limit+2 {
				t.Fatalf("%d in the set, %d in the queue", len(s.set), len(s.queue))
			}
		}
	})
}

// BenchmarkCheck is what the middleware adds to a heartbeat-sized request.
func BenchmarkCheck(b *testing.B) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 500)
	checked := Middleware(func(context.Context, fallow.NodeID) (ed25519.PublicKey, error) {
		return public, nil
	}, time.Now)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	signer := sign.NewTransport(key, direct{checked}, time.Now)
	for b.Loop() {
		req := httptest.NewRequest("POST", "/fallow.v1.NodeService/Heartbeat", bytes.NewReader(body))
		if resp, err := signer.RoundTrip(req); err != nil || resp.StatusCode != http.StatusOK {
			b.Fatal(resp.StatusCode, err)
		}
	}
}

// direct is a transport to a handler, without a network.
type direct struct{ to http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.to.ServeHTTP(w, r)
	return w.Result(), nil
}

func BenchmarkMemory(b *testing.B) {
	m, n := newMemory(), 0
	for b.Loop() {
		n++
		m.first("node"+strconv.Itoa(n%10_000), strconv.Itoa(n), start)
	}
}

// FuzzCheck: no headers and no body make the middleware panic, or pass without a
// signature.
func FuzzCheck(f *testing.F) {
	f.Add("aaaaaaaaaaaaaaaa", fmt.Sprint(start.UnixNano()), "bm9uY2U", sign.DigestInPath, strings.Repeat("ab", 64), []byte("x"))
	f.Add("", "", "", "", "", []byte(nil))
	f.Add("n", "-9223372036854775808", "n", "d", "00", []byte("y"))
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	checked := Middleware(func(context.Context, fallow.NodeID) (ed25519.PublicKey, error) {
		return public, nil
	}, func() time.Time { return start })(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	f.Fuzz(func(t *testing.T, node, stamp, nonce, digest, signature string, body []byte) {
		r := httptest.NewRequest("POST", "/x", bytes.NewReader(body))
		for name, value := range map[string]string{
			sign.HeaderNode: node, sign.HeaderTime: stamp, sign.HeaderNonce: nonce,
			sign.HeaderDigest: digest, sign.HeaderSignature: signature,
		} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		checked.ServeHTTP(w, r)
		if w.Code == http.StatusOK || w.Header().Get(sign.HeaderRefused) == "" {
			t.Errorf("status %d", w.Code)
		}
	})
}
