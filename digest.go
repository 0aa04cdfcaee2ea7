package fallow

import (
	"crypto/sha256"
	"encoding/hex"
)

// Digest is the SHA-256 of a file's content. Files are named by it everywhere.
type Digest [sha256.Size]byte

// DigestOf computes the digest of content held in memory.
func DigestOf(content []byte) Digest { return sha256.Sum256(content) }

// String gives 64 lower-case hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// IsZero tells whether no digest was set.
func (d Digest) IsZero() bool { return d == Digest{} }

// ParseDigest reads the form that [Digest.String] writes, and no other: upper case
// is refused so that a file has one name only.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(d) || hex.EncodeToString(raw) != s {
		return d, Errorf(CodeInvalid, "%q is not a SHA-256 digest", s).
			WithHint("a digest is 64 lower-case hexadecimal digits")
	}
	copy(d[:], raw)
	return d, nil
}

// MarshalText implements [encoding.TextMarshaler].
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Digest) UnmarshalText(text []byte) error {
	parsed, err := ParseDigest(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
