package cache_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"fallow"
	"fallow/internal/staging/cache"
	"fallow/internal/staging/local"
	"fallow/internal/staging/transfer"
)

// source is a server with files, and a client that counts what it fetches.
type source struct {
	store   *local.Store
	client  *transfer.Client
	fetches atomic.Int64
	bytes   atomic.Int64
	// before, if set, runs before each fetch and may fail it.
	before func(ctx context.Context, p fallow.Piece) error
	// after, if set, changes the writer.
	writer func(io.Writer) io.Writer
}

func newSource(t *testing.T) *source {
	t.Helper()
	store, err := local.Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	server := httptest.NewServer(transfer.Handler(store))
	t.Cleanup(server.Close)
	client := &transfer.Client{HTTP: &http.Client{Transport: server.Client().Transport}, Base: server.URL, FirstDelay: time.Microsecond}
	return &source{store: store, client: client}
}

// Fetch implements [cache.Fetcher].
func (s *source) Fetch(ctx context.Context, p fallow.Piece, w io.Writer) error {
	s.fetches.Add(1)
	if s.before != nil {
		if err := s.before(ctx, p); err != nil {
			return err
		}
	}
	if s.writer != nil {
		w = s.writer(w)
	}
	return s.client.Fetch(ctx, p, counter{w, &s.bytes})
}

type counter struct {
	io.Writer
	n *atomic.Int64
}

func (c counter) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.n.Add(int64(n))
	return n, err
}

// add stores content at the source and says how to order it.
func (s *source) add(t *testing.T, b []byte) fallow.SliceFile {
	t.Helper()
	d := fallow.DigestOf(b)
	if _, err := s.store.Put(t.Context(), d, int64(len(b)), 0, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	return fallow.SliceFile{Name: "file", Digest: d, Size: int64(len(b))}
}

func noise(seed byte, size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func open(t *testing.T, dir string, limit fallow.Size, f cache.Fetcher) *cache.Cache {
	t.Helper()
	c, err := cache.Open(dir, limit, f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func get(t *testing.T, c *cache.Cache, want fallow.SliceFile) *cache.Handle {
	t.Helper()
	h, err := c.Get(t.Context(), want)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	t.Cleanup(func() { closeHandle(t, h) })
	return h
}

func closeHandle(t *testing.T, h *cache.Handle) {
	t.Helper()
	if err := h.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// use gets a file and gives it back at once.
func use(t *testing.T, c *cache.Cache, want fallow.SliceFile) {
	t.Helper()
	closeHandle(t, get(t, c, want))
}

func wantContent(t *testing.T, h *cache.Handle, want []byte) {
	t.Helper()
	f, err := h.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("read %d bytes that are not the %d wanted: %v", len(got), len(want), err)
	}
}

func wantCode(t *testing.T, err error, want fallow.Code) {
	t.Helper()
	if err == nil || fallow.CodeOf(err) != want {
		t.Fatalf("error %v, want code %q", err, want)
	}
}

func wantFetches(t *testing.T, s *source, want int64) {
	t.Helper()
	if got := s.fetches.Load(); got != want {
		t.Errorf("%d fetches, want %d", got, want)
	}
}

func filePath(dir string, d fallow.Digest) string {
	return filepath.Join(dir, d.String()[:2], d.String()[2:])
}

func partPath(dir string, d fallow.Digest) string {
	return filepath.Join(dir, "parts", d.String()+".part")
}

// diskUse adds up what files and parts take.
func diskUse(dir string) (int64, error) {
	var total int64
	err := filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return ignoreGone(err)
		}
		info, err := e.Info()
		if err != nil {
			return ignoreGone(err)
		}
		total += info.Size()
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("disk use: %w", err)
	}
	return total, nil
}

func ignoreGone(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}
