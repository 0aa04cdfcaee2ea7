// Package sign is the node's signature over its requests, above TLS: a
// TLS-inspecting proxy can carry a request and read it, but can't forge, alter or
// repeat it.
//
// A request is signed by the node's Ed25519 key over its canonical [Form]: version,
// method, path and query, node, time, nonce and the SHA-256 of the body. Answers are
// not signed: what must not be forged in them is signed by itself (bundles, node
// certificates) or named by digest (files).
//
// The one call that can't be signed this way is the enrolment, since the server does
// not know the key yet; it carries a [Proof] instead.
package sign
