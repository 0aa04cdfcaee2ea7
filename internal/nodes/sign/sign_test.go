package sign

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fallow"

	"pgregory.net/rapid"
)

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestProof(t *testing.T) {
	key, other := newKey(t), newKey(t)
	public := key.Public().(ed25519.PublicKey)
	hash := [32]byte{1}
	proof := Proof(key, hash)
	if err := CheckProof(public, hash, proof); err != nil {
		t.Error(err)
	}
	for name, test := range map[string]struct {
		err  error
		code fallow.Code
	}{
		"another token": {CheckProof(public, [32]byte{2}, proof), fallow.CodeDenied},
		"another key":   {CheckProof(other.Public().(ed25519.PublicKey), hash, proof), fallow.CodeDenied},
		"no proof":      {CheckProof(public, hash, nil), fallow.CodeDenied},
		"short key":     {CheckProof(public[:31], hash, proof), fallow.CodeInvalid},
	} {
		if fallow.CodeOf(test.err) != test.code {
			t.Errorf("%s: %v", name, test.err)
		}
	}
}

// Forms that differ in any part have different texts.
func TestFormTextIsInjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[a-z0-9/?=&%-]{0,4}`)
		form := func(label string) Form {
			return Form{
				Method: part.Draw(t, label), Target: part.Draw(t, label), Node: part.Draw(t, label),
				Time: part.Draw(t, label), Nonce: part.Draw(t, label), Digest: part.Draw(t, label),
			}
		}
		a, b := form("a"), form("b")
		if (a == b) != bytes.Equal(a.Text(), b.Text()) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}

func TestIsFileUpload(t *testing.T) {
	file := FilesPath + fallow.DigestOf(nil).String()
	for _, test := range []struct {
		method, target string
		want           bool
	}{
		{"PUT", file, true},
		{"POST", file, false},
		{"PUT", file + "?x=1", false},
		{"PUT", file + "/..", false},
		{"PUT", "/x" + file, false},
		{"PUT", strings.ToUpper(file), false},
		{"PUT", FilesPath, false},
	} {
		if got := IsFileUpload(test.method, test.target); got != test.want {
			t.Errorf("%s %s: %v", test.method, test.target, got)
		}
	}
}

// roundTrip is a transport in memory.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// closer records that a body was closed.
type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error { c.closed = true; return nil }

func answer(status int) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody}
}

func TestTransportLeavesRequestAlone(t *testing.T) {
	key := newKey(t)
	var sent http.Header
	tr := NewTransport(key, roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = r.Header
		content, err := io.ReadAll(r.Body)
		if string(content) != "hello" || r.ContentLength != 5 {
			t.Errorf("sent %q, %v, length %d", content, err, r.ContentLength)
		}
		return answer(http.StatusOK), nil
	}), time.Now)
	body := &closer{Reader: strings.NewReader("hello")}
	req, _ := http.NewRequest("POST", "https://grid/fallow.v1.NodeService/Lease?x=a%2Fb", body)
	if _, err := tr.RoundTrip(req); err != nil {
		t.Fatal(err)
	}
	if len(req.Header) != 0 || !body.closed {
		t.Errorf("headers %v, closed %v", req.Header, body.closed)
	}
	signature, _ := hex.DecodeString(sent.Get(HeaderSignature))
	form := FormOf("POST", "/fallow.v1.NodeService/Lease?x=a%2Fb", sent)
	if !ed25519.Verify(key.Public().(ed25519.PublicKey), form.Text(), signature) {
		t.Errorf("the signature is not over %q", form.Text())
	}
	if form.Digest != fallow.DigestOf([]byte("hello")).String() {
		t.Errorf("digest %q", form.Digest)
	}
}

func TestTransportStreamsFiles(t *testing.T) {
	reader, writer := io.Pipe()
	var sender sync.WaitGroup
	tr := NewTransport(newKey(t), roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get(HeaderDigest) != DigestInPath {
			t.Errorf("digest %q", r.Header.Get(HeaderDigest))
		}
		// The transport has the request before the first byte is written.
		sender.Go(func() {
			_, err := io.WriteString(writer, "content")
			writer.CloseWithError(err)
		})
		content, err := io.ReadAll(r.Body)
		if err != nil || string(content) != "content" {
			t.Errorf("%q, %v", content, err)
		}
		return answer(http.StatusOK), nil
	}), time.Now)
	req, _ := http.NewRequest("PUT", "https://grid"+FilesPath+fallow.DigestOf([]byte("content")).String(), reader)
	if _, err := tr.RoundTrip(req); err != nil {
		t.Fatal(err)
	}
	sender.Wait()
}

func TestTransportRefusesLongMessage(t *testing.T) {
	tr := NewTransport(newKey(t), roundTrip(func(*http.Request) (*http.Response, error) {
		t.Error("it was sent")
		return answer(http.StatusOK), nil
	}), time.Now)
	body := &closer{Reader: io.LimitReader(zeros{}, int64(fallow.MaxMessage)+1)}
	req, _ := http.NewRequest("POST", "https://grid/x", body)
	if _, err := tr.RoundTrip(req); fallow.CodeOf(err) != fallow.CodeLimit || !body.closed {
		t.Errorf("%v, closed %v", err, body.closed)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A refusal other than for the clock or a replay is the caller's.
func TestTransportPassesRefusalsOn(t *testing.T) {
	for _, why := range []Refusal{RefusedForm, RefusedUnknown, RefusedSignature, RefusedBody, ""} {
		calls := 0
		tr := NewTransport(newKey(t), roundTrip(func(*http.Request) (*http.Response, error) {
			calls++
			resp := answer(http.StatusUnauthorized)
			resp.Header.Set(HeaderRefused, string(why))
			return resp, nil
		}), time.Now)
		req, _ := http.NewRequest("GET", "https://grid/x", nil)
		if resp, err := tr.RoundTrip(req); err != nil || resp.StatusCode != http.StatusUnauthorized || calls != 1 {
			t.Errorf("%q: %v, %d calls", why, err, calls)
		}
	}
}

// A file that can be read only once is not repeated, but what was learnt from the
// refusal holds for the next try.
func TestTransportLearnsFromRefusedFile(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	calls := 0
	tr := NewTransport(newKey(t), roundTrip(func(r *http.Request) (*http.Response, error) {
		calls++
		resp := answer(http.StatusUnauthorized)
		resp.Header.Set(HeaderRefused, string(RefusedClock))
		resp.Header.Set(HeaderTime, strconv.FormatInt(now.Add(time.Hour).UnixNano(), 10))
		return resp, nil
	}), func() time.Time { return now })
	body := &closer{Reader: strings.NewReader("x")}
	req, _ := http.NewRequest("PUT", "https://grid"+FilesPath+fallow.DigestOf([]byte("x")).String(), body)
	resp, err := tr.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || calls != 1 || tr.ClockOffset() != time.Hour {
		t.Errorf("%v, %d calls, offset %v", err, calls, tr.ClockOffset())
	}
}
