package transfer_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fallow"
	"fallow/internal/staging"
	"fallow/internal/staging/local"
	"fallow/internal/staging/transfer"
)

// grid is a server with a store, and a client behind a proxy.
type grid struct {
	store  *local.Store
	server *httptest.Server
	proxy  *proxy
	client *transfer.Client
}

func newGrid(t testing.TB, set func(*proxy)) *grid {
	t.Helper()
	store, err := local.Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	server := httptest.NewServer(transfer.Handler(store))
	t.Cleanup(server.Close)
	p := newProxy(t, server.Listener.Addr(), set)
	client := &transfer.Client{HTTP: &http.Client{Transport: p.transport(t)}, Base: server.URL, FirstDelay: time.Microsecond}
	return &grid{store, server, p, client}
}

func calm(*proxy) {}

// noise gives content that cannot be compressed, prose content that can.
func noise(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(b)
	return b
}

func prose(size int) []byte {
	var b strings.Builder
	words := strings.Fields("ligand dock protein pose score grid seed energy torsion")
	r := rand.New(rand.NewPCG(1, 2))
	for b.Len() < size {
		fmt.Fprintf(&b, "%s %d ", words[r.IntN(len(words))], r.IntN(100000))
	}
	return []byte(b.String()[:size])
}

type memFile struct{ *bytes.Reader }

func (memFile) Close() error { return nil }

func opener(b []byte) func() (io.ReadSeekCloser, error) {
	return func() (io.ReadSeekCloser, error) { return memFile{bytes.NewReader(b)}, nil }
}

func upload(t testing.TB, g *grid, b []byte) {
	t.Helper()
	if err := g.client.Upload(t.Context(), fallow.DigestOf(b), int64(len(b)), opener(b), nil); err != nil {
		t.Fatalf("Upload: %v", err)
	}
}

func put(t testing.TB, s staging.Store, b []byte) fallow.Digest {
	t.Helper()
	d := fallow.DigestOf(b)
	if _, err := s.Put(t.Context(), d, int64(len(b)), 0, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	return d
}

func wantCode(t testing.TB, err error, want fallow.Code) {
	t.Helper()
	if err == nil || fallow.CodeOf(err) != want {
		t.Fatalf("error %v, want code %q", err, want)
	}
}
