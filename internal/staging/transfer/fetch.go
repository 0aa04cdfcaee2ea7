package transfer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"

	"fallow"
	"fallow/internal/staging"
)

// bufferSize is what is read of an answer at once, in bytes.
const bufferSize = 128 << 10

// Fetch writes a piece of a file to w, each byte once: whatever fails on the way is
// tried again from where it broke. An error of w ends it. The content is not
// verified, because a piece has no digest; whoever has all the pieces does that.
func (c *Client) Fetch(ctx context.Context, p fallow.Piece, w io.Writer) error {
	if p.Offset < 0 || p.Length < 0 || p.Length > int64(fallow.MaxFile) {
		return fallow.Errorf(fallow.CodeInvalid, "file %s: there is no piece of %d bytes at %d", p.File, p.Length, p.Offset)
	}
	rest := byteRange{p.Offset, p.Length}
	return c.retry(ctx, func() (int64, error) {
		if rest.length == 0 {
			return 0, nil
		}
		moved, err := c.tryFetch(ctx, p.File, rest, w)
		rest.offset += moved
		rest.length -= moved
		return moved, err
	})
}

// Download writes a whole file to w and verifies its digest. If it does not match,
// the error's code is CodeTampered and what was written must be thrown away.
func (c *Client) Download(ctx context.Context, ref fallow.FileRef, w io.Writer) error {
	h := sha256.New()
	p := fallow.Piece{File: ref.Digest, Length: ref.Size}
	if err := c.Fetch(ctx, p, io.MultiWriter(w, h)); err != nil {
		return err
	}
	return staging.CheckDigest(ref.Digest, h)
}

// tryFetch writes as much as one connection carries and tells how much that was.
func (c *Client) tryFetch(ctx context.Context, d fallow.Digest, span byteRange, w io.Writer) (int64, error) {
	ctx, dog, done := newWatchdog(ctx)
	defer done()
	req, err := c.request(ctx, http.MethodGet, d, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Range", span.header())
	req.Header.Set("Accept-Encoding", encodingZstd)
	resp, err := c.do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if err := checkPartial(resp, span); err != nil {
		return 0, err
	}
	content, closeContent, err := decoded(resp, dog)
	if err != nil {
		return 0, err
	}
	defer closeContent()
	moved, err := copySpan(w, content, span.length)
	if err != nil && ctx.Err() != nil {
		err = unreachable(ctx, err)
	}
	return moved, err
}

// checkPartial makes sure that the answer is the range that was asked for.
func checkPartial(resp *http.Response, span byteRange) error {
	if resp.StatusCode >= http.StatusBadRequest {
		return readProblem(resp)
	}
	got := resp.Header.Get("Content-Range")
	want := span.contentRange(0)
	if resp.StatusCode == http.StatusPartialContent && strings.HasPrefix(got, want[:len(want)-1]) {
		return checkEncoding(resp.Header.Get("Content-Encoding"))
	}
	return fallow.Errorf(fallow.CodeUnsupported, "asked for %s, the answer was %q with range %q", span.header(), resp.Status, got).
		WithHint("a proxy on the way may not let ranges through; check the proxy's settings")
}

// decoded undoes the encoding of an answer's body. The second result frees what
// that takes.
func decoded(resp *http.Response, dog *watchdog) (io.Reader, func(), error) {
	body := dog.watched(resp.Body)
	if resp.Header.Get("Content-Encoding") != encodingZstd {
		return body, func() {}, nil
	}
	dec, err := newDecoder(body)
	if err != nil {
		return nil, nil, broken(err)
	}
	return dec, dec.Close, nil
}

// copySpan copies length bytes. An error of r may pass, one of w does not.
func copySpan(w io.Writer, r io.Reader, length int64) (moved int64, err error) {
	buf := make([]byte, bufferSize)
	for moved < length {
		n, rerr := r.Read(buf[:min(bufferSize, length-moved)])
		wrote, werr := w.Write(buf[:n])
		moved += int64(wrote)
		if werr != nil {
			return moved, fmt.Errorf("write what was fetched: %w", werr)
		}
		if moved < length && rerr != nil {
			return moved, broken(rerr)
		}
	}
	return moved, nil
}

// broken is the error of an answer that ended before its end.
func broken(err error) error {
	return fallow.Errorf(fallow.CodeUnavailable, "the connection to the server broke: %w", err)
}
