package keys

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fallow"
	"fallow/internal/nodes/keyfile"
	"fallow/internal/nodes/pki"

	"github.com/google/go-cmp/cmp"
)

// joined is a node of a grid of its own.
func joined(t *testing.T) Identity {
	t.Helper()
	a, err := pki.OpenAuthority(filepath.Join(t.TempDir(), "pki"), nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	i, err := New()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.IssueNode(i.Public(), i.Node())
	if err != nil {
		t.Fatal(err)
	}
	i.Joined = Joined{
		Server:      "https://grid.example.org",
		Authority:   string(a.CertificatePEM()),
		Certificate: cert,
		BundleKey:   a.BundleKey().Public().(ed25519.PublicKey),
	}
	return i
}

func TestIdentitySurvives(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "identity")
	if _, err := Load(dir); fallow.CodeOf(err) != fallow.CodeNotFound || !strings.Contains(fallow.HintOf(err), "join") {
		t.Errorf("before joining: %v, hint %q", err, fallow.HintOf(err))
	}
	want := joined(t)
	if err := Create(dir, want); err != nil {
		t.Fatal(err)
	}
	got, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	err = Create(dir, joined(t))
	if fallow.CodeOf(err) != fallow.CodeConflict || fallow.HintOf(err) == "" {
		t.Errorf("joining twice: %v", err)
	}
	if again, err := Load(dir); err != nil || again.Node() != want.Node() {
		t.Errorf("the second join changed the first: %v", err)
	}
}

func TestForgedAnswerIsNotKept(t *testing.T) {
	for name, forge := range map[string]func(i, other *Identity){
		"bundle key":  func(i, o *Identity) { i.BundleKey = o.BundleKey },
		"no key":      func(i, o *Identity) { i.BundleKey = nil },
		"certificate": func(i, o *Identity) { i.Certificate = o.Certificate },
		"authority":   func(i, o *Identity) { i.Authority = o.Authority },
		"no PEM":      func(i, o *Identity) { i.Authority = "" },
	} {
		t.Run(name, func(t *testing.T) {
			i, other := joined(t), joined(t)
			forge(&i, &other)
			dir := filepath.Join(t.TempDir(), "identity")
			if err := Create(dir, i); fallow.CodeOf(err) != fallow.CodeTampered {
				t.Errorf("%v", err)
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("it was kept")
			}
		})
	}
}

func TestSpoiltIdentityIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(dir string) error
		code  fallow.Code
	}{
		"no key":      {func(d string) error { return os.Remove(filepath.Join(d, keyFile)) }, fallow.CodeConflict},
		"no rest":     {func(d string) error { return os.Remove(filepath.Join(d, joinedFile)) }, fallow.CodeConflict},
		"open key":    {func(d string) error { return os.Chmod(filepath.Join(d, keyFile), 0o604) }, fallow.CodeConflict},
		"cut key":     {func(d string) error { return os.Truncate(filepath.Join(d, keyFile), 40) }, fallow.CodeTampered},
		"cut rest":    {func(d string) error { return os.Truncate(filepath.Join(d, joinedFile), 40) }, fallow.CodeTampered},
		"another key": {replaceKey, fallow.CodeTampered},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "identity")
			if err := Create(dir, joined(t)); err != nil {
				t.Fatal(err)
			}
			if err := test.spoil(dir); err != nil {
				t.Fatal(err)
			}
			_, err := Load(dir)
			if fallow.CodeOf(err) != test.code || fallow.HintOf(err) == "" || !strings.Contains(err.Error(), dir) {
				t.Errorf("%v (%s), hint %q", err, fallow.CodeOf(err), fallow.HintOf(err))
			}
		})
	}
}

// replaceKey puts a valid key of another node in place.
func replaceKey(dir string) error {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	pem, err := keyfile.EncodePrivate(key)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, keyFile), pem, 0o600)
}

func TestIdentityPrintsItsNameOnly(t *testing.T) {
	i := joined(t)
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %x %d\n", i, i, i, i, i, &i)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("joined", "as", i)
	if err := json.NewEncoder(&out).Encode(i); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), string(i.Node())); n != 8 {
		t.Errorf("the name is printed %d times:\n%s", n, out.String())
	}
	for _, leak := range []string{hex.EncodeToString(i.Key.Seed()), strings.Trim(fmt.Sprint(i.Key.Seed()), "[]"), "BEGIN"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q is printed", leak)
		}
	}
}
