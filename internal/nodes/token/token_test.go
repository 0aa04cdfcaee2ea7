package token

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"fallow"

	"pgregory.net/rapid"
)

func grid() fallow.Digest { return fallow.DigestOf([]byte("a grid's authority")) }

func TestTokenSurvivesText(t *testing.T) {
	for _, kind := range []Kind{Join, Login} {
		made := New(kind, grid())
		text := made.Reveal()
		got, err := Parse(kind, " "+strings.ToUpper(text)+"\n")
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if got.Kind != kind || !got.Secret.Equal(made.Secret) || got.Fingerprint != made.Fingerprint {
			t.Errorf("%s: parsed token differs", kind)
		}
		if !strings.HasPrefix(text, string(kind)+"_") || len(text) != 93 {
			t.Errorf("%s: form is %d characters with prefix %q", kind, len(text), text[:4])
		}
	}
}

func TestTokenOfOtherKindNamesItsUse(t *testing.T) {
	_, err := Parse(Join, New(Login, grid()).Reveal())
	if err == nil || !strings.Contains(err.Error(), "login token") || !strings.Contains(fallow.HintOf(err), "fallow login") {
		t.Errorf("got %v, hint %q", err, fallow.HintOf(err))
	}
	_, err = Parse(Login, New(Join, grid()).Reveal())
	if err == nil || !strings.Contains(fallow.HintOf(err), "fallow-agent join") {
		t.Errorf("got %v, hint %q", err, fallow.HintOf(err))
	}
}

// Every token with one character wrong, missing or doubled, or two swapped, is
// refused without being quoted.
func TestMistypedTokenIsRefused(t *testing.T) {
	const typed = "abcdefghijkmnpqrstuvwxyz23456789_"
	rapid.Check(t, func(t *rapid.T) {
		text := New(Join, grid()).Reveal()
		at := rapid.IntRange(0, len(text)-2).Draw(t, "at")
		c := typed[rapid.IntRange(0, len(typed)-1).Draw(t, "char")]
		wrong := rapid.SampledFrom([]string{
			text[:at] + string(c) + text[at+1:],
			text[:at] + text[at+1:],
			text[:at] + text[at:at+1] + text[at:],
			text[:at] + text[at+1:at+2] + text[at:at+1] + text[at+2:],
			text[:at],
		}).Draw(t, "wrong")
		if wrong == text {
			return
		}
		_, err := Parse(Join, wrong)
		if fallow.CodeOf(err) != fallow.CodeInvalid || fallow.HintOf(err) == "" {
			t.Fatalf("%q instead of %q: %v", wrong, text, err)
		}
		if len(wrong) > 20 && strings.Contains(err.Error(), wrong[4:20]) {
			t.Fatalf("the error quotes the token: %v", err)
		}
	})
}

func TestSecretNeverPrints(t *testing.T) {
	secret := NewSecret()
	holder := struct {
		Public  Secret
		private Secret
		token   Token
	}{secret, secret, Token{Secret: secret}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%o", "%c", "%U"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", secret, &secret, holder)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "secret", secret, "holder", holder)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "secret", secret, "holder", holder)
	if err := json.NewEncoder(&out).Encode(holder); err != nil {
		t.Fatal(err)
	}
	if err := xml.NewEncoder(&out).Encode(secret); err != nil {
		t.Fatal(err)
	}
	raw := secret.bytes()
	for _, leak := range []string{
		secret.Reveal(), string(raw), fmt.Sprintf("%x", raw), fmt.Sprintf("%X", raw),
		strings.Trim(fmt.Sprint(raw), "[]"), fmt.Sprintf("0x%x, 0x%x", raw[0], raw[1]),
	} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q is printed in:\n%s", leak, out.String())
		}
	}
	if !strings.Contains(out.String(), redacted) {
		t.Error("the redacting methods were not called")
	}
}

func TestHashAndEqual(t *testing.T) {
	a, b := NewSecret(), NewSecret()
	if Hash(a) == Hash(b) || a.Equal(b) || a.Equal(Secret{}) {
		t.Error("different secrets are equal")
	}
	again, err := ParseSecret(a.Reveal())
	if err != nil || Hash(again) != Hash(a) || !again.Equal(a) {
		t.Errorf("the secret changed by sending it: %v", err)
	}
	if !(Secret{}).IsZero() || a.IsZero() {
		t.Error("IsZero")
	}
}

// FuzzParse: whatever is accepted is exactly what Reveal writes, so that a token has
// one text only.
func FuzzParse(f *testing.F) {
	fixed := Token{Kind: Join, Secret: secretOf(make([]byte, secretBytes)), Fingerprint: grid()}
	f.Add(fixed.Reveal())
	fixed.Kind = Login
	f.Add(fixed.Reveal())
	f.Add("fjt_")
	f.Add("fjt_aaaa\naaaa_bbbb")
	f.Add("flt__")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []Kind{Join, Login} {
			tok, err := Parse(kind, text)
			if err == nil && tok.Reveal() != strings.ToLower(strings.TrimSpace(text)) {
				t.Errorf("%q was read as %q", text, tok.Reveal())
			}
			if err != nil && fallow.CodeOf(err) != fallow.CodeInvalid {
				t.Errorf("%q: code %q", text, fallow.CodeOf(err))
			}
		}
	})
}
