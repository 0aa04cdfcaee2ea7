package token

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"log/slog"

	"fallow"
)

// secretBytes is the size of a secret: 160 bits, 32 characters of text without
// padding.
const secretBytes = 20

// alphabet is that of node names: no character looks like another.
var alphabet = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// redacted is all that a [Secret] ever prints.
const redacted = "REDACTED"

// Secret is the part of a token that the server recognises. No way of printing or
// encoding it shows it, only [Secret.Reveal]. The zero Secret is none.
type Secret struct {
	// raw gives the bytes. It is a function because fmt can't call the methods of an
	// unexported field of someone's struct, and prints what lies within, through
	// pointers too; of a function it prints the address.
	raw func() []byte
}

func secretOf(raw []byte) Secret { return Secret{raw: func() []byte { return raw }} }

// NewSecret draws a secret at random.
func NewSecret() Secret {
	raw := make([]byte, secretBytes)
	rand.Read(raw) // never fails: see crypto/rand
	return secretOf(raw)
}

// ParseSecret reads what [Secret.Reveal] wrote. The error, of
// [fallow.CodeUnknownUser], does not quote it.
func ParseSecret(text string) (Secret, error) {
	raw, err := alphabet.DecodeString(text)
	if err != nil || len(raw) != secretBytes || alphabet.EncodeToString(raw) != text {
		return Secret{}, fallow.Errorf(fallow.CodeUnknownUser, "the secret is not part of any token").
			WithHint("pass on the secret exactly as it stands in the token")
	}
	return secretOf(raw), nil
}

// Reveal gives the secret as text, to be sent to the server.
func (s Secret) Reveal() string { return alphabet.EncodeToString(s.bytes()) }

// Equal compares in a time that does not depend on the content.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare(s.bytes(), other.bytes()) == 1
}

// IsZero tells whether there is no secret.
func (s Secret) IsZero() bool { return s.raw == nil }

func (s Secret) bytes() []byte {
	if s.raw == nil {
		return nil
	}
	return s.raw()
}

// Hash gives what a server stores and looks up: looking up a hash tells an attacker
// who measures time nothing about the secret. A plain hash is enough because a
// secret is 160 random bits, not a password.
func Hash(s Secret) [sha256.Size]byte { return sha256.Sum256(s.bytes()) }

// String gives a fixed word, not the secret.
func (Secret) String() string { return redacted }

// GoString gives a fixed word, not the secret.
func (Secret) GoString() string { return redacted }

// Format writes a fixed word under every verb, %d and %x included.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue gives a fixed word, not the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText gives a fixed word to every text encoding, not the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON gives a fixed word, not the secret.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
