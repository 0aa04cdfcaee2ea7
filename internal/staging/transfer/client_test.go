package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"fallow"
	"fallow/internal/staging"
	"fallow/internal/staging/transfer"
)

const (
	fileSize = 4 << 20
	// cut breaks connections more often than a transfer without progress may fail.
	cut = fileSize / (transfer.MaxTries + 4)
	// overhead bounds the heads of the requests or answers of one connection.
	overhead = 4 << 10
	// block bounds what a cut compressed stream loses: the block that was under way.
	block = 256 << 10
)

// cuts are contents, and after how many bytes each connection breaks.
var cuts = map[string]struct {
	content []byte
	cut     int64 // bytes
	lost    int64 // bytes per cut, besides the heads
}{
	"noise": {noise(fileSize), cut, 0},
	"prose": {prose(fileSize), 400 << 10, block},
}

func TestUploadResumes(t *testing.T) {
	for name, c := range cuts {
		t.Run(name, func(t *testing.T) {
			smooth := newGrid(t, calm)
			upload(t, smooth, c.content)
			g := newGrid(t, func(p *proxy) { p.cutUp = c.cut })
			upload(t, g, c.content)
			if err := staging.Verify(t.Context(), g.store, fallow.DigestOf(c.content)); err != nil {
				t.Error(err)
			}
			wantCuts(t, g, smooth.proxy.upstream.Load(), g.proxy.upstream.Load(), c.lost)
		})
	}
}

func TestFetchResumes(t *testing.T) {
	for name, c := range cuts {
		t.Run(name, func(t *testing.T) {
			smooth := newGrid(t, calm)
			download(t, smooth, c.content)
			g := newGrid(t, func(p *proxy) { p.cutDown = c.cut })
			download(t, g, c.content)
			wantCuts(t, g, smooth.proxy.downstream.Load(), g.proxy.downstream.Load(), c.lost)
		})
	}
}

func download(t *testing.T, g *grid, content []byte) {
	t.Helper()
	var got bytes.Buffer
	ref := fallow.FileRef{Digest: put(t, g.store, content), Size: int64(len(content))}
	if err := g.client.Download(t.Context(), ref, &got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), content) {
		t.Error("the content is not what was stored")
	}
}

// wantCuts checks that connections were cut and that hardly a byte went twice,
// compared with what goes through when nothing is cut.
func wantCuts(t *testing.T, g *grid, smooth, bytes, lost int64) {
	t.Helper()
	conns := g.proxy.conns.Load()
	if conns < 3 {
		t.Errorf("%d connections only: nothing was cut", conns)
	}
	if most := smooth + conns*(overhead+lost); bytes > most {
		t.Errorf("%d bytes went through %d connections, want at most %d", bytes, conns, most)
	}
	t.Logf("%d bytes uncut, %d bytes in %d connections", smooth, bytes, conns)
}

func TestCompressionPays(t *testing.T) {
	g := newGrid(t, calm)
	b := prose(fileSize)
	upload(t, g, b)
	if up := g.proxy.upstream.Load(); up > fileSize/2 {
		t.Errorf("%d bytes went up for %d of text", up, fileSize)
	}
	if err := g.client.Fetch(t.Context(), fallow.Piece{File: fallow.DigestOf(b), Length: fileSize}, io.Discard); err != nil {
		t.Fatal(err)
	}
	if down := g.proxy.downstream.Load(); down > fileSize/2 {
		t.Errorf("%d bytes came down for %d of text", down, fileSize)
	}
}

func TestWhatIsThereIsNotSent(t *testing.T) {
	g := newGrid(t, calm)
	b := noise(fileSize)
	put(t, g.store, b)
	upload(t, g, b)
	if up := g.proxy.upstream.Load(); up > overhead {
		t.Errorf("%d bytes went up for a file that is there", up)
	}
}

func TestSizes(t *testing.T) {
	g := newGrid(t, calm)
	for _, n := range []int{0, 1, 100, 64<<10 - 1, 64 << 10, 1<<20 + 1} {
		for _, b := range [][]byte{noise(n), prose(n)} {
			upload(t, g, b)
			var got bytes.Buffer
			if err := g.client.Download(t.Context(), fallow.FileRef{Digest: fallow.DigestOf(b), Size: int64(n)}, &got); err != nil {
				t.Fatalf("%d bytes: %v", n, err)
			}
			if !bytes.Equal(got.Bytes(), b) {
				t.Errorf("%d bytes came back different", n)
			}
			if size, err := g.client.Size(t.Context(), fallow.DigestOf(b)); err != nil || size != int64(n) {
				t.Errorf("Size = %d, %v, want %d", size, err, n)
			}
		}
	}
}

func TestFetchPieces(t *testing.T) {
	g := newGrid(t, calm)
	b := prose(300_000)
	d := put(t, g.store, b)
	for _, at := range [][2]int64{{0, 1}, {299_999, 1}, {1000, 150_000}, {5, 0}} {
		p := fallow.Piece{File: d, Offset: at[0], Length: at[1]}
		var got bytes.Buffer
		if err := g.client.Fetch(t.Context(), p, &got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), b[p.Offset:p.Offset+p.Length]) {
			t.Errorf("piece %d+%d is wrong", p.Offset, p.Length)
		}
	}
	beyond := fallow.Piece{File: d, Offset: 299_999, Length: 2}
	wantCode(t, g.client.Fetch(t.Context(), beyond, io.Discard), fallow.CodeUnsupported)
	missing := fallow.Piece{File: fallow.DigestOf([]byte("no")), Length: 2}
	wantCode(t, g.client.Fetch(t.Context(), missing, io.Discard), fallow.CodeNotFound)
}

func TestDamageOnTheWayUpIsFound(t *testing.T) {
	for name, content := range map[string][]byte{"noise": noise(fileSize), "prose": prose(fileSize)} {
		t.Run(name, func(t *testing.T) {
			g := newGrid(t, func(p *proxy) { p.flipUp = 300 << 10 })
			err := g.client.Upload(t.Context(), fallow.DigestOf(content), fileSize, opener(content), nil)
			if code := fallow.CodeOf(err); err == nil || (code != fallow.CodeTampered && code != fallow.CodeInvalid) {
				t.Fatalf("error %v, want CodeTampered or CodeInvalid", err)
			}
			upload(t, g, content)
		})
	}
}

func TestDamageOnTheWayDownIsFound(t *testing.T) {
	g := newGrid(t, func(p *proxy) { p.flipDown = 300 << 10 })
	b := noise(fileSize)
	ref := fallow.FileRef{Digest: put(t, g.store, b), Size: fileSize}
	wantCode(t, g.client.Download(t.Context(), ref, io.Discard), fallow.CodeTampered)
}

// A part that does not belong to the file is replaced, not only reported.
func TestUploadOverADamagedPart(t *testing.T) {
	g := newGrid(t, calm)
	b := noise(fileSize)
	if _, err := g.store.Put(t.Context(), fallow.DigestOf(b), fileSize, 0, bytes.NewReader(b[1:1000])); err != nil {
		t.Fatal(err)
	}
	upload(t, g, b)
}

func TestUploadOfTheWrongContent(t *testing.T) {
	g := newGrid(t, calm)
	b := noise(1000)
	err := g.client.Upload(t.Context(), fallow.DigestOf(nil), 1000, opener(b), nil)
	wantCode(t, err, fallow.CodeTampered)
	err = g.client.Upload(t.Context(), fallow.DigestOf(b), 1001, opener(b), nil)
	wantCode(t, err, fallow.CodeInvalid)
	put(t, g.store, b)
	err = g.client.Upload(t.Context(), fallow.DigestOf(b), 999, opener(b), nil)
	wantCode(t, err, fallow.CodeInvalid)
}

func TestProgressEndsAtTheSize(t *testing.T) {
	g := newGrid(t, func(p *proxy) { p.cutUp = cut })
	b := noise(fileSize)
	var last, calls int64
	err := g.client.Upload(t.Context(), fallow.DigestOf(b), fileSize, opener(b), func(n int64) { last, calls = n, calls+1 })
	if err != nil || last != fileSize || calls < 10 {
		t.Errorf("after %d calls progress is %d: %v", calls, last, err)
	}
}

// tripper counts requests and answers them.
type tripper struct {
	calls  int
	answer func(*http.Request) (*http.Response, error)
}

func (r *tripper) RoundTrip(req *http.Request) (*http.Response, error) {
	r.calls++
	return r.answer(req)
}

func TestTriesAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		code   fallow.Code
		calls  int
	}{
		"unreachable": {func(*http.Request) (*http.Response, error) { return nil, errors.New("refused") }, fallow.CodeUnavailable, transfer.MaxTries},
		"gateway":     {status(http.StatusBadGateway), fallow.CodeUnavailable, transfer.MaxTries},
		"captive":     {status(http.StatusOK), fallow.CodeUnsupported, 1},
		"forbidden":   {status(http.StatusForbidden), fallow.CodeDenied, 1},
		"too large":   {status(http.StatusRequestEntityTooLarge), fallow.CodeLimit, 1},
	} {
		t.Run(name, func(t *testing.T) {
			rt := &tripper{answer: c.answer}
			client := &transfer.Client{HTTP: &http.Client{Transport: rt}, Base: "http://grid", FirstDelay: 1}
			err := client.Fetch(t.Context(), fallow.Piece{Length: 1}, io.Discard)
			wantCode(t, err, c.code)
			if rt.calls != c.calls {
				t.Errorf("%d tries, want %d", rt.calls, c.calls)
			}
		})
	}
}

// status answers as a proxy would that is no Fallow server.
func status(code int) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		body := io.NopCloser(bytes.NewReader([]byte("<html>")))
		return &http.Response{StatusCode: code, Status: http.StatusText(code), Body: body, Request: req, Header: http.Header{}}, nil
	}
}

func TestUploadToAStranger(t *testing.T) {
	client := &transfer.Client{HTTP: &http.Client{Transport: &tripper{answer: status(http.StatusOK)}}, Base: "http://grid", FirstDelay: 1}
	if err := client.Upload(t.Context(), fallow.DigestOf(nil), 0, opener(nil), nil); err == nil {
		t.Error("an answer by something that is no Fallow server counts as stored")
	}
}

var errFull = errors.New("disk full")

type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, errFull }

func TestErrorsOfTheOwnSideAreNotRetried(t *testing.T) {
	g := newGrid(t, calm)
	d := put(t, g.store, noise(1000))
	if err := g.client.Fetch(t.Context(), fallow.Piece{File: d, Length: 1000}, fullWriter{}); !errors.Is(err, errFull) {
		t.Errorf("Fetch gave %v, want the writer's error", err)
	}
	broken := func() (io.ReadSeekCloser, error) { return nil, errFull }
	if err := g.client.Upload(t.Context(), fallow.DigestOf(nil), 0, broken, nil); !errors.Is(err, errFull) {
		t.Errorf("Upload gave %v, want the opener's error", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.client.Upload(ctx, fallow.DigestOf(nil), 0, opener(nil), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Upload gave %v, want context.Canceled", err)
	}
}

// shrinking is a file that loses its second half when it is read.
type shrinking struct{ memFile }

func (s shrinking) Read(p []byte) (int, error) {
	if at, _ := s.Seek(0, io.SeekCurrent); at >= fileSize/2 {
		return 0, io.EOF
	}
	return s.memFile.Read(p)
}

func TestUploadOfAFileThatShrinks(t *testing.T) {
	g := newGrid(t, calm)
	b := noise(fileSize)
	open := func() (io.ReadSeekCloser, error) { return shrinking{memFile{bytes.NewReader(b)}}, nil }
	err := g.client.Upload(t.Context(), fallow.DigestOf(b), fileSize, open, nil)
	wantCode(t, err, fallow.CodeInternal)
}
