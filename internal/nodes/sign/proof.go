package sign

import (
	"crypto/ed25519"
	"crypto/sha256"
	"slices"

	"fallow"
)

// proofVersion begins the text that a proof signs.
const proofVersion = "fallow enrol v1"

// Proof shows at enrolment that whoever presents a public key holds its private
// half: a signature over the hash of the join token's secret and the public key. The
// hash binds it to this enrolment.
func Proof(key ed25519.PrivateKey, tokenHash [sha256.Size]byte) []byte {
	return ed25519.Sign(key, proofText(tokenHash, key.Public().(ed25519.PublicKey)))
}

// CheckProof checks what [Proof] made. The error is of [fallow.CodeInvalid] or
// [fallow.CodeDenied].
func CheckProof(public ed25519.PublicKey, tokenHash [sha256.Size]byte, proof []byte) error {
	if len(public) != ed25519.PublicKeySize {
		return fallow.Errorf(fallow.CodeInvalid, "the node's public key has %d bytes, not %d", len(public), ed25519.PublicKeySize)
	}
	if !ed25519.Verify(public, proofText(tokenHash, public), proof) {
		return fallow.Errorf(fallow.CodeDenied, "the enrolment is not signed by the key it presents")
	}
	return nil
}

func proofText(tokenHash [sha256.Size]byte, public ed25519.PublicKey) []byte {
	return slices.Concat([]byte(proofVersion), tokenHash[:], public)
}
