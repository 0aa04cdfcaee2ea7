package sign

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"fallow"
)

// Transport signs every request of a node and sends it by another transport. If the
// server refuses a request because this machine's clock is wrong, Transport keeps
// the difference to the server's clock for all later requests, and sends that one
// once more, unless it is a file that can be read only once: then the caller gets the
// refusal and may try again.
type Transport struct {
	key    ed25519.PrivateKey
	node   fallow.NodeID
	base   http.RoundTripper
	now    func() time.Time
	offset atomic.Int64 // server's clock minus ours, nanoseconds
}

// NewTransport makes a Transport that signs with the node's key and sends by base.
func NewTransport(key ed25519.PrivateKey, base http.RoundTripper, now func() time.Time) *Transport {
	return &Transport{
		key:  key,
		node: fallow.NodeIDOf(key.Public().(ed25519.PublicKey)),
		base: base,
		now:  now,
	}
}

// ClockOffset is the server's clock minus this machine's, as far as the server ever
// complained; 0 if it did not.
func (t *Transport) ClockOffset() time.Duration { return time.Duration(t.offset.Load()) }

// RoundTrip implements [http.RoundTripper]. A body of more than
// [fallow.MaxMessage], but for a file's, is an error of [fallow.CodeLimit].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	p, err := payloadOf(req)
	if err != nil {
		return nil, err
	}
	resp, err := t.base.RoundTrip(t.signed(req, p))
	if err != nil || !t.again(resp) {
		return resp, err
	}
	if p.getBody == nil {
		return resp, nil
	}
	resp.Body.Close() // of a refusal: nobody reads it
	if p.body, err = p.getBody(); err != nil {
		return nil, fmt.Errorf("repeat request to %q: %w", req.URL.Path, err)
	}
	return t.base.RoundTrip(t.signed(req, p))
}

// CloseIdleConnections lets [http.Client.CloseIdleConnections] reach the base.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// signed gives a copy of the request with the payload and a new signature.
func (t *Transport) signed(req *http.Request, p payload) *http.Request {
	out := req.Clone(req.Context())
	out.Body, out.GetBody, out.ContentLength = p.body, p.getBody, p.length
	nonce := make([]byte, NonceSize)
	rand.Read(nonce) // never fails: see crypto/rand
	stamp := t.now().UnixNano() + t.offset.Load()
	out.Header.Set(HeaderNode, string(t.node))
	out.Header.Set(HeaderTime, strconv.FormatInt(stamp, 10))
	out.Header.Set(HeaderNonce, base64.RawURLEncoding.EncodeToString(nonce))
	out.Header.Set(HeaderDigest, p.digest)
	text := FormOf(out.Method, out.URL.RequestURI(), out.Header).Text()
	out.Header.Set(HeaderSignature, hex.EncodeToString(ed25519.Sign(t.key, text)))
	return out
}

// again tells whether a new signature would do, and learns the server's clock. A
// replay is refused where the base transport itself sent a request twice because a
// connection broke.
func (t *Transport) again(resp *http.Response) bool {
	if resp.StatusCode != http.StatusUnauthorized {
		return false
	}
	switch Refusal(resp.Header.Get(HeaderRefused)) {
	case RefusedReplay:
		return true
	case RefusedClock:
		server, err := strconv.ParseInt(resp.Header.Get(HeaderTime), 10, 64)
		if err == nil {
			t.offset.Store(server - t.now().UnixNano())
		}
		return err == nil
	default:
		return false
	}
}
