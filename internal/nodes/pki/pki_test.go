package pki

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fallow"
	"fallow/internal/nodes/keyfile"
	"fallow/internal/nodes/nodecert"
)

func open(t *testing.T, dir string, hosts ...string) *Authority {
	t.Helper()
	a, err := OpenAuthority(dir, hosts, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAuthorityStaysTheSame(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	a, b := open(t, dir), open(t, dir, "grid.example.org")
	if a.Fingerprint() != b.Fingerprint() || !a.BundleKey().Equal(b.BundleKey()) {
		t.Error("opening again changed the authority")
	}
	cert, err := keyfile.DecodeCertificate(a.CertificatePEM())
	if err != nil || fallow.DigestOf(cert.Raw) != a.Fingerprint() {
		t.Errorf("the PEM is not that of the fingerprint: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%q: %v, %v", e.Name(), info.Mode(), err)
		}
	}
}

// Servers that start at the same time on one folder become one grid.
func TestServersRaceToOneAuthority(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	prints := make([]fallow.Digest, 8)
	var wg sync.WaitGroup
	for i := range prints {
		wg.Go(func() {
			if a, err := OpenAuthority(dir, nil, time.Now); err != nil {
				t.Error(err)
			} else {
				prints[i] = a.Fingerprint()
			}
		})
	}
	wg.Wait()
	for _, p := range prints {
		if p != prints[0] || p.IsZero() {
			t.Errorf("fingerprints %v", prints)
		}
	}
}

func TestSpoiltFolderIsRefusedAndKept(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(t *testing.T, dir string)
		code  fallow.Code
		file  string
	}{
		"no CA key":         {remove(caKeyFile), fallow.CodeConflict, caKeyFile},
		"no certificate":    {remove(caFile), fallow.CodeConflict, caFile},
		"no bundle key":     {remove(bundleKeyFile), fallow.CodeConflict, bundleKeyFile},
		"cut CA key":        {cut(caKeyFile), fallow.CodeTampered, caKeyFile},
		"cut certificate":   {cut(caFile), fallow.CodeTampered, caFile},
		"cut bundle key":    {cut(bundleKeyFile), fallow.CodeTampered, bundleKeyFile},
		"another's CA key":  {foreign(caKeyFile), fallow.CodeTampered, caKeyFile},
		"key in wrong file": {swap, fallow.CodeTampered, "key.pem"},
		"readable CA key": {func(t *testing.T, dir string) {
			if err := os.Chmod(filepath.Join(dir, caKeyFile), 0o644); err != nil {
				t.Fatal(err)
			}
		}, fallow.CodeConflict, caKeyFile},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "pki")
			open(t, dir)
			test.spoil(t, dir)
			before := snapshot(t, dir)
			_, err := OpenAuthority(dir, nil, time.Now)
			if fallow.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.file) || fallow.HintOf(err) == "" {
				t.Errorf("%v (%s), hint %q", err, fallow.CodeOf(err), fallow.HintOf(err))
			}
			if snapshot(t, dir) != before {
				t.Error("the folder was changed")
			}
		})
	}
}

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func cut(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.Truncate(filepath.Join(dir, name), 60); err != nil {
			t.Fatal(err)
		}
	}
}

func foreign(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		other := filepath.Join(t.TempDir(), "other")
		open(t, other)
		if err := os.Rename(filepath.Join(other, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func swap(t *testing.T, dir string) {
	a, b, c := filepath.Join(dir, caKeyFile), filepath.Join(dir, bundleKeyFile), filepath.Join(dir, "x")
	if err := errors.Join(os.Rename(a, c), os.Rename(b, a), os.Rename(c, b)); err != nil {
		t.Fatal(err)
	}
}

func snapshot(t *testing.T, dir string) string {
	var all strings.Builder
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			content, err := os.ReadFile(filepath.Join(dir, path))
			all.WriteString(path + string(content))
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestServerCertificateHasItsNames(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "pki"), "grid.example.org", "192.0.2.7", "[2001:db8::1]")
	c, err := a.TLSConfig().GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.CertificatePEM())
	for _, name := range []string{"grid.example.org", "localhost", "192.0.2.7", "2001:db8::1", "127.0.0.1", "::1"} {
		if _, err := c.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if fallow.DigestOf(c.Certificate[1]) != a.Fingerprint() {
		t.Error("the authority is not presented with the certificate")
	}
	_, err = OpenAuthority(t.TempDir(), []string{"https://grid.example.org"}, time.Now)
	if fallow.CodeOf(err) != fallow.CodeInvalid {
		t.Errorf("URL as host: %v", err)
	}
}

func TestServerCertificateIsReplacedInTime(t *testing.T) {
	now := time.Now()
	a, err := OpenAuthority(filepath.Join(t.TempDir(), "pki"), nil, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	get := a.TLSConfig().GetCertificate
	first, err := get(nil)
	if err != nil {
		t.Fatal(err)
	}
	now = first.Leaf.NotAfter.Add(-serverRenew - time.Second)
	if same, err := get(nil); err != nil || same != first {
		t.Errorf("replaced too early: %v", err)
	}
	now = now.Add(2 * time.Second)
	if next, err := get(nil); err != nil || next == first || !next.Leaf.NotAfter.After(first.Leaf.NotAfter) {
		t.Errorf("not replaced: %v", err)
	}
	now = a.certificate.NotAfter.Add(time.Second)
	if _, err := OpenAuthority(t.TempDir(), nil, func() time.Time { return now }); err != nil {
		t.Errorf("a new authority at that time: %v", err)
	}
}

func TestEndedAuthorityIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	open(t, dir)
	_, err := OpenAuthority(dir, nil, func() time.Time { return time.Now().Add(authorityLife + time.Hour) })
	if fallow.CodeOf(err) != fallow.CodeConflict || !strings.Contains(err.Error(), "ended on") {
		t.Errorf("%v", err)
	}
}

func TestNodeCertificate(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "pki"))
	public, private, _ := ed25519.GenerateKey(nil)
	stranger, _, _ := ed25519.GenerateKey(nil)
	bundleKey := a.BundleKey().Public().(ed25519.PublicKey)
	der, err := a.IssueNode(public, fallow.NodeIDOf(public))
	if err != nil {
		t.Fatal(err)
	}
	if err := nodecert.Check(der, a.certificate, public, bundleKey); err != nil {
		t.Error(err)
	}
	other := open(t, filepath.Join(t.TempDir(), "pki"))
	for name, err := range map[string]error{
		"another key":        nodecert.Check(der, a.certificate, stranger, bundleKey),
		"another bundle key": nodecert.Check(der, a.certificate, public, stranger),
		"another authority":  nodecert.Check(der, other.certificate, public, bundleKey),
		"no certificate":     nodecert.Check(nil, a.certificate, public, bundleKey),
	} {
		if fallow.CodeOf(err) != fallow.CodeTampered || fallow.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := a.IssueNode(public, fallow.NodeIDOf(stranger)); fallow.CodeOf(err) != fallow.CodeInvalid {
		t.Errorf("another's name: %v", err)
	}
	handshake(t, a, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private})
}

// handshake lets a node's certificate be accepted by the server, and refused for
// serving.
func handshake(t *testing.T, a *Authority, node tls.Certificate) {
	t.Helper()
	near, far := net.Pipe()
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	client := tls.Client(near, &tls.Config{RootCAs: roots, ServerName: "localhost", Certificates: []tls.Certificate{node}})
	server := tls.Server(far, a.TLSConfig())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := server.Handshake(); err != nil {
			t.Errorf("server: %v", err)
		} else if len(server.ConnectionState().VerifiedChains) == 0 {
			t.Error("the node's certificate was not checked")
		}
		far.Close()
	})
	if err := client.Handshake(); err != nil {
		t.Errorf("client: %v", err)
	}
	near.Close()
	wg.Wait()
	leaf, _ := x509.ParseCertificate(node.Certificate[0])
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}); err == nil {
		t.Error("a node can pass for a server")
	}
}
