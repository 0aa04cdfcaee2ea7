package token

import (
	"bytes"
	"crypto/sha256"
	"strings"

	"fallow"
)

// Kind tells whom a token invites; it is the token's prefix.
type Kind string

// The kinds.
const (
	Join  Kind = "fjt" // a machine
	Login Kind = "flt" // a person
)

// kinds says in words what each kind is and where it belongs.
var kinds = map[Kind]struct{ name, use, source string }{
	Join:  {"a join token", "use it with 'fallow-agent join'", "print a join token with 'fallow node token'"},
	Login: {"a login token", "use it with 'fallow login'", "ask the grid's administrator for a login token"},
}

// checksumBytes of a token make one error in 2^24 go unnoticed, and the tail fill
// 56 characters without a spare bit.
const checksumBytes = 3

// MaxText bounds a token's text in bytes; a token has 93.
const MaxText = 256

// Token is an invitation: whom to tell what, and how to recognise the server.
type Token struct {
	Kind        Kind
	Secret      Secret
	Fingerprint fallow.Digest // of the certificate of the grid's authority
}

// New draws a token of the kind for the grid with the fingerprint.
func New(kind Kind, fingerprint fallow.Digest) Token {
	return Token{Kind: kind, Secret: NewSecret(), Fingerprint: fingerprint}
}

// Reveal gives the token's text, secret included.
func (t Token) Reveal() string {
	tail := append(t.Fingerprint[:], checksum(t)...)
	return strings.Join([]string{string(t.Kind), t.Secret.Reveal(), alphabet.EncodeToString(tail)}, "_")
}

func checksum(t Token) []byte {
	h := sha256.New()
	h.Write([]byte(t.Kind))
	h.Write(t.Secret.bytes())
	h.Write(t.Fingerprint[:])
	return h.Sum(nil)[:checksumBytes]
}

// Parse reads the text of a token of the kind wanted. Space around it and upper case
// are accepted: both come from people. The error is of [fallow.CodeInvalid], says
// what is wrong with the text and never quotes it.
func Parse(want Kind, text string) (Token, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if len(text) > MaxText {
		return Token{}, invalid(want, "it is longer than any token")
	}
	prefix, rest, _ := strings.Cut(text, "_")
	if kind := Kind(prefix); kind != want {
		return Token{}, wrongKind(want, kind)
	}
	secretText, tailText, _ := strings.Cut(rest, "_")
	secret, err := ParseSecret(secretText)
	if err != nil {
		return Token{}, mistyped(want)
	}
	t := Token{Kind: want, Secret: secret}
	tail, err := alphabet.DecodeString(tailText)
	if err != nil || len(tail) != len(t.Fingerprint)+checksumBytes || alphabet.EncodeToString(tail) != tailText {
		return Token{}, mistyped(want)
	}
	sum := tail[copy(t.Fingerprint[:], tail):]
	if !bytes.Equal(sum, checksum(t)) {
		return Token{}, mistyped(want)
	}
	return t, nil
}

func mistyped(want Kind) error {
	return invalid(want, "it was cut short or mistyped")
}

// wrongKind tells a token of another kind from text that is no token.
func wrongKind(want, got Kind) error {
	other, ok := kinds[got]
	if !ok {
		return invalid(want, "a token of this kind begins with \""+string(want)+"_\"")
	}
	return fallow.Errorf(fallow.CodeInvalid, "this is %s, but %s is needed here", other.name, kinds[want].name).
		WithHint("%s; for this, %s", other.use, kinds[want].source)
}

func invalid(want Kind, why string) error {
	return fallow.Errorf(fallow.CodeInvalid, "this is not %s: %s", kinds[want].name, why).
		WithHint("copy the whole token again, in one line, or %s", kinds[want].source)
}
