package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"path/filepath"
	"time"

	"fallow"
	"fallow/internal/nodes/keyfile"
)

// The files of the folder.
const (
	caFile        = "ca.pem"
	caKeyFile     = "ca.key.pem"
	bundleKeyFile = "bundle.key.pem"
)

const (
	// authorityLife is long because nodes know the grid by the authority alone: when
	// it ends, every node must join again.
	authorityLife = 30 * 365 * 24 * time.Hour
	// clockGrace is how slow a desktop's clock may be and still find a new
	// certificate valid.
	clockGrace = 30 * 24 * time.Hour
)

// Authority is the grid's certificate authority with the keys it keeps.
type Authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
	bundleKey   ed25519.PrivateKey
	now         func() time.Time
	server      serverCertificate
}

// OpenAuthority loads the authority from the folder dir, or creates it there if the
// folder is not there yet or is empty. Hosts are the names and IP addresses by which
// the server is reached; the local ones are always added. A folder that is only
// partly there, damaged or open to others is an error, never replaced: every node
// and every token depends on it.
func OpenAuthority(dir string, hosts []string, now func() time.Time) (*Authority, error) {
	a, err := load(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := create(dir, now()); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		} // that it exists now means that another server was faster
		a, err = load(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open the grid's certificate authority: %w", err)
	}
	a.now = now
	if end := a.certificate.NotAfter; now().After(end) {
		return nil, fallow.Errorf(fallow.CodeConflict, "the grid's certificate authority in %q ended on %s", dir, end.Format(time.DateOnly)).
			WithHint("check this machine's clock; if it is right, move the folder away to make a new authority, and let every node join again")
	}
	if a.server.names, err = serverNames(hosts); err != nil {
		return nil, err
	}
	return a, nil
}

// Fingerprint is the SHA-256 of the authority's certificate in DER form.
func (a *Authority) Fingerprint() fallow.Digest { return fallow.DigestOf(a.certificate.Raw) }

// CertificatePEM is the authority's certificate, which may be given to anyone.
func (a *Authority) CertificatePEM() []byte { return keyfile.EncodeCertificate(a.certificate.Raw) }

// BundleKey is the Ed25519 key that signs bundles. Nodes get its public half with
// their certificates.
func (a *Authority) BundleKey() ed25519.PrivateKey { return a.bundleKey }

// load reads the folder and checks that its parts belong together.
func load(dir string) (*Authority, error) {
	files, err := keyfile.Read(dir, caFile, caKeyFile, bundleKeyFile)
	if err != nil {
		return nil, err
	}
	damaged := func(name string, err error) error {
		return keyfile.Damaged(filepath.Join(dir, name), "%w", err)
	}
	certificate, err := keyfile.DecodeCertificate(files[caFile])
	if err != nil {
		return nil, damaged(caFile, err)
	}
	key, err := keyfile.DecodePrivate[*ecdsa.PrivateKey](files[caKeyFile])
	if err != nil {
		return nil, damaged(caKeyFile, err)
	}
	bundleKey, err := keyfile.DecodePrivate[ed25519.PrivateKey](files[bundleKeyFile])
	if err != nil {
		return nil, damaged(bundleKeyFile, err)
	}
	if !certificate.IsCA || !key.PublicKey.Equal(certificate.PublicKey) {
		return nil, damaged(caKeyFile, fmt.Errorf("it is not the key of the authority in %q", caFile))
	}
	return &Authority{certificate: certificate, key: key, bundleKey: bundleKey}, nil
}

// create makes a new authority in the folder.
func create(dir string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the authority's key: %w", err)
	}
	template := authorityTemplate(now)
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return fmt.Errorf("make the authority's certificate: %w", err)
	}
	keyPEM, err := keyfile.EncodePrivate(key)
	if err != nil {
		return err
	}
	_, bundleKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make the bundle key: %w", err)
	}
	bundlePEM, err := keyfile.EncodePrivate(bundleKey)
	if err != nil {
		return err
	}
	return keyfile.Create(dir, map[string][]byte{
		caFile:        keyfile.EncodeCertificate(certificate),
		caKeyFile:     keyPEM,
		bundleKeyFile: bundlePEM,
	})
}

// authorityTemplate names each authority differently, because TLS tells by the name
// whose certificates are welcome.
func authorityTemplate(now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Fallow grid authority " + rand.Text()},
		NotBefore:             now.Add(-clockGrace),
		NotAfter:              now.Add(authorityLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true, // no authorities below it
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
}
