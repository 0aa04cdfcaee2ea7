package cache_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"fallow"
	"fallow/internal/staging/cache"
	"fallow/internal/staging/transfer"
)

// childEnv makes the test binary a node that fetches one file and waits to be
// killed: DIR BASE DIGEST SIZE STOP.
const childEnv = "FALLOW_TEST_CACHE_CHILD"

func TestMain(m *testing.M) {
	if args := os.Getenv(childEnv); args != "" {
		if err := child(args); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func child(args string) error {
	var dir, base, digest string
	var size, stop int64
	if _, err := fmt.Sscan(args, &dir, &base, &digest, &size, &stop); err != nil {
		return err
	}
	d, err := fallow.ParseDigest(digest)
	if err != nil {
		return err
	}
	c, err := cache.Open(dir, 1<<30, haltingFetcher{&transfer.Client{HTTP: http.DefaultClient, Base: base}, stop})
	if err != nil {
		return err
	}
	_, err = c.Get(context.Background(), fallow.SliceFile{Digest: d, Size: size})
	return fmt.Errorf("the fetch came to an end: %v", err)
}

// haltingFetcher says so when it has written stop bytes, and writes no more.
type haltingFetcher struct {
	client *transfer.Client
	stop   int64
}

func (f haltingFetcher) Fetch(ctx context.Context, p fallow.Piece, w io.Writer) error {
	return f.client.Fetch(ctx, p, &halter{w: w, left: f.stop})
}

type halter struct {
	w    io.Writer
	left int64
}

func (h *halter) Write(b []byte) (int, error) {
	n, err := h.w.Write(b[:min(int64(len(b)), h.left)])
	h.left -= int64(n)
	if err == nil && h.left == 0 {
		fmt.Println("halted")
		select {}
	}
	return n, err
}

// A node killed in the middle of a fetch goes on where it was.
func TestKilledNodeResumes(t *testing.T) {
	const size, stop = 3 << 20, 2 << 20
	s, dir := newSource(t), t.TempDir()
	b := noise(1, size)
	want := s.add(t, b)
	kill(t, fmt.Sprintln(dir, s.client.Base, want.Digest, size, stop))
	c := open(t, dir, fallow.GiB, s)
	if used := c.Used(); used != stop {
		t.Errorf("the killed node left %d bytes, want %d", used, stop)
	}
	wantContent(t, get(t, c, want), b)
	if got := s.bytes.Load(); got != size-stop {
		t.Errorf("%d bytes were fetched, want the %d missing", got, size-stop)
	}
}

// kill starts a child, waits for its word, and sends it SIGKILL.
func kill(t *testing.T, args string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), childEnv+"="+args)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "halted" {
		t.Errorf("the child said %q, %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the child was not killed")
	}
}
