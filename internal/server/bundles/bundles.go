// Package bundles is the server's register of wrapped applications: it checks a
// bundle whose files are in the store, signs its manifest for the nodes and finds
// it again.
package bundles

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"sync"
	"time"

	"fallow"
	"fallow/internal/bundle"
	"fallow/internal/staging"
	"fallow/internal/store"
)

// maxRemembered bounds the manifests kept in memory, as written.
const maxRemembered = 256 * fallow.MiB

// Register knows the bundles of one grid.
type Register struct {
	store store.Store
	files staging.Store
	key   ed25519.PrivateKey
	now   func() time.Time

	mu         sync.Mutex
	remembered map[fallow.Digest]Registered
	size       int64 // of the manifests remembered, bytes
}

// Registered is a bundle that nodes may run.
type Registered struct {
	Manifest  fallow.Manifest
	Signature []byte
	Size      int64 // bytes of the manifest
}

// New makes a Register that signs with key.
func New(s store.Store, files staging.Store, key ed25519.PrivateKey, now func() time.Time) *Register {
	return &Register{store: s, files: files, key: key, now: now, remembered: map[fallow.Digest]Registered{}}
}

// Add checks a manifest in canonical form, signs it and makes it usable. Its files
// must be in the store; adding it again changes nothing.
func (r *Register) Add(ctx context.Context, owner string, manifest []byte) (store.Bundle, error) {
	m, err := bundle.Parse(manifest)
	if err != nil {
		return store.Bundle{}, err
	}
	if err := r.checkFiles(ctx, m); err != nil {
		return store.Bundle{}, err
	}
	digest := fallow.DigestOf(manifest)
	if _, err := r.files.Put(ctx, digest, int64(len(manifest)), 0, bytes.NewReader(manifest)); err != nil {
		return store.Bundle{}, fmt.Errorf("keep manifest of bundle %q: %w", m.Name, err)
	}
	b := store.Bundle{
		Digest: digest, Name: m.Name, Version: m.Version,
		Signature: bundle.Sign(r.key, manifest), Owner: owner, Created: r.now(),
	}
	return b, r.store.Update(ctx, func(tx store.Tx) error { return tx.PutBundle(b) })
}

func (r *Register) checkFiles(ctx context.Context, m fallow.Manifest) error {
	for _, f := range m.Files {
		size, err := r.files.Stat(ctx, f.Digest)
		if err != nil {
			return fallow.Errorf(fallow.CodeOf(err), "bundle %q: file %s: %w", m.Name, f.Path, err).
				WithHint("upload the bundle's files before its manifest; 'fallow submit' and 'fallow wrap --push' do")
		}
		if size != f.Size {
			return fallow.Errorf(fallow.CodeInvalid, "bundle %q: file %s has %d bytes, its manifest says %d", m.Name, f.Path, size, f.Size)
		}
	}
	return nil
}

// Manifest finds a registered bundle's manifest.
func (r *Register) Manifest(ctx context.Context, digest fallow.Digest) (fallow.Manifest, error) {
	b, err := r.Find(ctx, digest)
	return b.Manifest, err
}

// Find finds a registered bundle by the digest of its manifest.
func (r *Register) Find(ctx context.Context, digest fallow.Digest) (Registered, error) {
	r.mu.Lock()
	known, ok := r.remembered[digest]
	r.mu.Unlock()
	if ok {
		return known, nil
	}
	found, err := r.load(ctx, digest)
	if err != nil {
		return found, fmt.Errorf("bundle %s: %w", digest, err)
	}
	r.remember(digest, found)
	return found, nil
}

func (r *Register) remember(digest fallow.Digest, found Registered) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.remembered[digest]; ok {
		return
	}
	if r.size+found.Size > int64(maxRemembered) {
		clear(r.remembered)
		r.size = 0
	}
	r.remembered[digest] = found
	r.size += found.Size
}

func (r *Register) load(ctx context.Context, digest fallow.Digest) (Registered, error) {
	var b store.Bundle
	err := r.store.View(ctx, func(v store.Reader) (err error) {
		b, err = v.Bundle(digest)
		return err
	})
	if err != nil {
		return Registered{}, err
	}
	file, err := r.files.Open(ctx, digest)
	if err != nil {
		return Registered{}, err
	}
	defer file.Close()
	if file.Size() > int64(fallow.MaxManifest) {
		return Registered{}, fallow.Errorf(fallow.CodeLimit, "manifest has %s, more than %s", fallow.Size(file.Size()), fallow.MaxManifest)
	}
	raw, err := io.ReadAll(io.NewSectionReader(file, 0, file.Size()))
	if err != nil {
		return Registered{}, err
	}
	m, err := bundle.Parse(raw)
	return Registered{Manifest: m, Signature: b.Signature, Size: int64(len(raw))}, err
}
