package keys

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"fallow"
	"fallow/internal/nodes/keyfile"
	"fallow/internal/nodes/nodecert"
)

// The files of the folder.
const (
	keyFile    = "node.key.pem"
	joinedFile = "joined.json"
)

// Identity is who a node is and whom it trusts. Printing it shows the node's name
// only.
type Identity struct {
	Key ed25519.PrivateKey
	Joined
}

// Joined is what a node learnt when it joined a grid.
type Joined struct {
	Server      string            `json:"server"`      // URL
	Authority   string            `json:"authority"`   // the certificate of the grid's authority, PEM
	Certificate []byte            `json:"certificate"` // of the node, by the authority, DER
	BundleKey   ed25519.PublicKey `json:"bundle_key"`  // signs the grid's bundles
}

// New makes the key of a node that has not joined a grid yet. Keep it in memory
// until the server has answered, so that a repeated enrolment is that of the same
// node, then [Create] the folder.
func New() (Identity, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Identity{}, fmt.Errorf("make the node's key: %w", err)
	}
	return Identity{Key: key}, nil
}

// Node is the node's name, which follows from its key.
func (i Identity) Node() fallow.NodeID { return fallow.NodeIDOf(i.Public()) }

// Public is the public half of the key.
func (i Identity) Public() ed25519.PublicKey { return i.Key.Public().(ed25519.PublicKey) }

// TLSCertificate is what the node presents to the server.
func (i Identity) TLSCertificate() *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{i.Certificate}, PrivateKey: i.Key}
}

// Check tells whether the parts belong together: the certificate is by the
// authority, for this key, and vouches for the bundle key. The error is of
// [fallow.CodeTampered].
func (i Identity) Check() error {
	if len(i.BundleKey) != ed25519.PublicKeySize {
		return fallow.Errorf(fallow.CodeTampered, "the bundle key has %d bytes, not %d", len(i.BundleKey), ed25519.PublicKeySize)
	}
	authority, err := keyfile.DecodeCertificate([]byte(i.Authority))
	if err != nil {
		return fallow.Errorf(fallow.CodeTampered, "the authority's certificate can't be read: %w", err)
	}
	return nodecert.Check(i.Certificate, authority, i.Public(), i.BundleKey)
}

// Create writes a checked identity to the new folder dir, whole or not at all. The
// error is of [fallow.CodeConflict] if there is an identity already.
func Create(dir string, i Identity) error {
	if err := i.Check(); err != nil {
		return err
	}
	key, err := keyfile.EncodePrivate(i.Key)
	if err != nil {
		return err
	}
	joined, err := json.MarshalIndent(i.Joined, "", "\t")
	if err != nil {
		return fmt.Errorf("encode the identity: %w", err)
	}
	return occupied(dir, keyfile.Create(dir, map[string][]byte{keyFile: key, joinedFile: joined}))
}

// Load reads the identity from the folder dir. The error is of
// [fallow.CodeNotFound] if the machine has not joined a grid, of
// [fallow.CodeConflict] if the folder is half there or open to others, and of
// [fallow.CodeTampered] if its parts don't belong together.
func Load(dir string) (Identity, error) {
	files, err := keyfile.Read(dir, keyFile, joinedFile)
	if err != nil {
		return Identity{}, notJoined(err)
	}
	var i Identity
	if i.Key, err = keyfile.DecodePrivate[ed25519.PrivateKey](files[keyFile]); err != nil {
		return Identity{}, keyfile.Damaged(filepath.Join(dir, keyFile), "%w", err)
	}
	if err := json.Unmarshal(files[joinedFile], &i.Joined); err != nil {
		return Identity{}, keyfile.Damaged(filepath.Join(dir, joinedFile), "%w", err)
	}
	if err := i.Check(); err != nil {
		return Identity{}, keyfile.Damaged(filepath.Join(dir, joinedFile), "%w", err)
	}
	return i, nil
}

// Format writes the node's name under every verb, so that no log shows the key.
func (i Identity) Format(f fmt.State, _ rune) {
	if len(i.Key) == ed25519.PrivateKeySize {
		io.WriteString(f, "node "+string(i.Node()))
	}
}

// LogValue gives the node's name, so that no log shows the key.
func (i Identity) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(i)) }

// MarshalJSON gives the node's name, so that no log shows the key.
func (i Identity) MarshalJSON() ([]byte, error) { return json.Marshal(fmt.Sprint(i)) }
