package bundle

import (
	"crypto/ed25519"
	"strings"

	"fallow"
)

// An archive is a ZIP file (APPNOTE 6.3.8) with these members in this order:
//
//	manifest.json   the canonical manifest
//	signature       64 bytes, see [Sign]; absent if nobody signed
//	author.pub      32 bytes, the Ed25519 public key of who signed; absent likewise
//	files/DIGEST    a file's content under its SHA-256, in order of digest
//
// Members are packed by Zstandard (method 93), and stored without times, so that
// the same bundle gives the same archive.
const (
	manifestMember  = "manifest.json"
	signatureMember = "signature"
	authorMember    = "author.pub"
	filesPrefix     = "files/"
)

// zstdMethod is the number of Zstandard among the methods of ZIP.
const zstdMethod = 93

// maxDirectory bounds, in bytes, what is read to learn an archive's members: enough
// for MaxBundleFiles of them.
const maxDirectory = 32 << 20

// Signed is a manifest with who vouches for it.
type Signed struct {
	Manifest  []byte            // canonical
	Signature []byte            // by [Sign]; nil: unsigned
	Author    ed25519.PublicKey // whose signature it is; nil: unsigned
}

// Check tells whether the signature is the author's. An unsigned manifest is fine
// here: whether it will do is the caller's to say.
func (s Signed) Check() error {
	if s.Signature == nil && s.Author == nil {
		return nil
	}
	return Verify(s.Author, s.Manifest, s.Signature)
}

func memberName(d fallow.Digest) string { return filesPrefix + d.String() }

// memberDigest reads a member's name. Only one form is known, so that no two names
// mean the same, and none can climb.
func memberDigest(name string) (fallow.Digest, error) {
	hex, ok := strings.CutPrefix(name, filesPrefix)
	if !ok {
		return fallow.Digest{}, invalid("the archive has a member %q that belongs to no bundle", name)
	}
	return fallow.ParseDigest(hex)
}
