package verify

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"fallow"
	"fallow/internal/nodes/sign"
)

// Lookup gives a node's public key. Its error is of [fallow.CodeNotFound] for a node
// that is not of the grid, of [fallow.CodeDenied] for one that is banned, with the
// reason in its message; any other means that nodes can't be looked up now.
type Lookup func(ctx context.Context, node fallow.NodeID) (ed25519.PublicKey, error)

// Middleware makes the check. All handlers wrapped by the function that one call of
// Middleware returned share one memory of the requests seen; several servers behind
// one address each have their own, so that a request can be repeated once to each:
// calls must be, and are, harmless when repeated.
func Middleware(lookup Lookup, now func() time.Time) func(http.Handler) http.Handler {
	c := &checker{lookup: lookup, now: now, seen: newMemory()}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			node, no := c.check(r)
			if no != nil {
				no.write(w, now())
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nodeKey{}, node)))
		})
	}
}

type nodeKey struct{}

// NodeFrom tells which node a request is from; false if the request did not pass the
// middleware.
func NodeFrom(ctx context.Context) (fallow.NodeID, bool) {
	node, ok := ctx.Value(nodeKey{}).(fallow.NodeID)
	return node, ok
}

type checker struct {
	lookup Lookup
	now    func() time.Time
	seen   *memory
}

// check goes from cheap to dear: nothing is remembered and no body is read for who
// can't sign.
func (c *checker) check(r *http.Request) (fallow.NodeID, *refusal) {
	// RequestURI, not URL: handlers above may have changed the URL, and the node
	// signed what it sent.
	form := sign.FormOf(r.Method, r.RequestURI, r.Header)
	if no := c.checkClock(form); no != nil {
		return "", no
	}
	node := fallow.NodeID(form.Node)
	key, err := c.lookup(r.Context(), node)
	if err != nil {
		return "", refuseLookup(node, err)
	}
	if no := checkSignature(r, form, key); no != nil {
		return "", no
	}
	if !c.seen.first(form.Node, form.Nonce, c.now()) {
		return "", refuse(sign.RefusedReplay, "this request was received before")
	}
	return node, checkBody(r, form)
}

func (c *checker) checkClock(form sign.Form) *refusal {
	if form.Node == "" || form.Nonce == "" || form.Digest == "" {
		return refuse(sign.RefusedForm, "the request is not signed by a node")
	}
	stamp, err := strconv.ParseInt(form.Time, 10, 64)
	if err != nil {
		return refuse(sign.RefusedForm, "the time of the signature is not a number of nanoseconds")
	}
	skew := c.now().Sub(time.Unix(0, stamp)).Abs()
	if skew > sign.MaxSkew {
		return refuse(sign.RefusedClock, "the node's clock is off by %v; at most %v is accepted", skew.Round(time.Second), sign.MaxSkew)
	}
	return nil
}

// checkSignature also holds a TLS certificate, where one came through, against the
// signer.
func checkSignature(r *http.Request, form sign.Form, key ed25519.PublicKey) *refusal {
	signature, err := hex.DecodeString(r.Header.Get(sign.HeaderSignature))
	if err != nil || len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, form.Text(), signature) {
		return refuse(sign.RefusedSignature, "the signature is not that of node %q over this request", form.Node)
	}
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 && !key.Equal(r.TLS.PeerCertificates[0].PublicKey) {
		return refuse(sign.RefusedSignature, "the request is signed by node %q, but came with another's certificate", form.Node)
	}
	return nil
}
