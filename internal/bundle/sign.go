package bundle

import (
	"crypto/ed25519"

	"fallow"
)

// signatureDomain keeps a signature of a manifest from being one of anything else.
const signatureDomain = "fallow bundle manifest v1\n"

// Sign signs the canonical bytes of a manifest by Ed25519 (RFC 8032) over
// signatureDomain and those bytes.
func Sign(key ed25519.PrivateKey, manifest []byte) []byte {
	return ed25519.Sign(key, append([]byte(signatureDomain), manifest...))
}

// Verify tells whether the signature is one that [Sign] made of exactly this
// manifest with the private half of the key; the error is of code
// [fallow.CodeTampered].
func Verify(key ed25519.PublicKey, manifest, signature []byte) error {
	if len(key) == ed25519.PublicKeySize &&
		ed25519.Verify(key, append([]byte(signatureDomain), manifest...), signature) {
		return nil
	}
	return fallow.Errorf(fallow.CodeTampered, "the signature of bundle manifest %s does not fit its content and key",
		fallow.DigestOf(manifest)).WithHint("fetch the bundle again; if it stays so, someone changed it or signed it with another key")
}
