package sign

import (
	"net/http"
	"strings"
	"time"

	"fallow"
)

// The headers of a signed request. A refusal carries HeaderTime, too: the server's.
const (
	HeaderNode      = "Fallow-Node"
	HeaderTime      = "Fallow-Time"   // Unix nanoseconds, decimal
	HeaderNonce     = "Fallow-Nonce"  // NonceSize random bytes, base64url without padding
	HeaderDigest    = "Fallow-Digest" // of the body, hexadecimal, or DigestInPath
	HeaderSignature = "Fallow-Signature"
	// HeaderRefused says in one word why the server refused a signature: one of the
	// Refusals.
	HeaderRefused = "Fallow-Refused"
)

// DigestInPath stands in place of the body's digest when a file is sent: its digest
// is in the path, the path is signed, and whoever stores the file checks its content
// against it. So a file is read once only.
const DigestInPath = "in-path"

// FilesPath is the path of files, followed by the digest.
const FilesPath = "/v1/files/"

// NonceSize is the size of a nonce in bytes.
const NonceSize = 16

// MaxSkew is how far the clock of a node may be from the server's. A signature is
// valid for so long, and so long a server remembers its nonce.
const MaxSkew = 5 * time.Minute

// Refusal says why a server refused a signature.
type Refusal string

// The refusals.
const (
	RefusedForm      Refusal = "form"      // a header is missing or malformed
	RefusedClock     Refusal = "clock"     // the time is more than MaxSkew from the server's
	RefusedUnknown   Refusal = "unknown"   // the node is not one of the grid: it must join again
	RefusedBanned    Refusal = "banned"    // by an administrator
	RefusedSignature Refusal = "signature" // it is not the node's over this request
	RefusedReplay    Refusal = "replay"    // the request was received before
	RefusedBody      Refusal = "body"      // it is not what its digest says
	RefusedLookup    Refusal = "lookup"    // the server can't look up nodes now
)

// Form is what is signed, each part as it stands in the request.
type Form struct {
	Method string
	Target string // path and query
	Node   string
	Time   string
	Nonce  string
	Digest string
}

// version begins every signed text, so that a signature can't be taken for one of
// another protocol or purpose.
const version = "fallow request v1"

// FormOf takes the parts from a request's headers.
func FormOf(method, target string, h http.Header) Form {
	return Form{
		Method: method,
		Target: target,
		Node:   h.Get(HeaderNode),
		Time:   h.Get(HeaderTime),
		Nonce:  h.Get(HeaderNonce),
		Digest: h.Get(HeaderDigest),
	}
}

// Text is the canonical form, one part to a line. HTTP lets none of the parts hold
// a line break, so different requests have different texts.
func (f Form) Text() []byte {
	return []byte(strings.Join([]string{version, f.Method, f.Target, f.Node, f.Time, f.Nonce, f.Digest}, "\n"))
}

// IsFileUpload tells whether a request sends a file under its digest, the only
// request whose body is not in the signature.
func IsFileUpload(method, target string) bool {
	name, ok := strings.CutPrefix(target, FilesPath)
	if !ok || method != http.MethodPut {
		return false
	}
	_, err := fallow.ParseDigest(name)
	return err == nil
}
