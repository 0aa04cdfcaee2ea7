package transfer

import (
	"context"
	"io"
	"net/http"

	"fallow"
	"fallow/internal/staging"
)

// maxRestarts is how often an upload begins again from 0 because the part that the
// server had was not of this file.
const maxRestarts = 1

// sending is one upload and how far it got.
type sending struct {
	digest   fallow.Digest
	size     int64
	open     func() (io.ReadSeekCloser, error)
	progress func(int64)
	best     int64 // the furthest offset that the server ever had
	restarts int
}

// Upload brings a file of size bytes to the server, unless it is there. Whatever
// fails on the way is tried again, from where the server has it.
//
// open gives the content from its beginning and may be called several times.
// progress, if not nil, is told how many bytes have gone out or are there; it is
// never called twice at once, and goes back when a connection breaks. If the
// content does not have the digest the error's code is CodeTampered; if it does not
// have the size, CodeInvalid.
func (c *Client) Upload(ctx context.Context, d fallow.Digest, size int64, open func() (io.ReadSeekCloser, error), progress func(int64)) error {
	if err := staging.CheckSize(d, size); err != nil {
		return err
	}
	if progress == nil {
		progress = func(int64) {}
	}
	s := &sending{digest: d, size: size, open: open, progress: progress}
	return c.retry(ctx, func() (int64, error) { return c.tryUpload(ctx, s) })
}

// tryUpload sends as much as one connection carries. It tells how much the tries
// before it brought to the server: what left this machine may never have arrived.
func (c *Client) tryUpload(ctx context.Context, s *sending) (int64, error) {
	whole, offset, err := c.head(ctx, s.digest)
	if err != nil {
		return 0, err
	}
	moved := max(0, offset-s.best)
	s.best += moved
	s.progress(offset)
	if whole {
		return moved, s.checkStored(offset)
	}
	if offset > s.size {
		offset = 0 // the server drops a part that is too long
	}
	err = c.put(ctx, s, offset)
	if fallow.CodeOf(err) == fallow.CodeTampered && offset > 0 && s.restarts < maxRestarts {
		s.restarts++
		err = c.put(ctx, s, 0)
	}
	return moved, err
}

func (s *sending) checkStored(size int64) error {
	if size == s.size {
		return nil
	}
	return fallow.Errorf(fallow.CodeInvalid, "file %s has %d bytes at the server, not %d", s.digest, size, s.size)
}

// put opens the content and sends it from offset on.
func (c *Client) put(ctx context.Context, s *sending, offset int64) error {
	content, err := s.open()
	if err != nil {
		return unreadable(s.digest, err)
	}
	defer content.Close()
	end, err := content.Seek(0, io.SeekEnd)
	if err != nil {
		return unreadable(s.digest, err)
	}
	if end != s.size {
		return fallow.Errorf(fallow.CodeInvalid, "file %s has %d bytes, not %d", s.digest, end, s.size)
	}
	compress, err := seekPays(content, byteRange{offset, s.size - offset})
	if err != nil {
		return unreadable(s.digest, err)
	}
	ctx, dog, done := newWatchdog(ctx)
	defer done()
	body, err := newBody(dog.watched(content), s, offset, compress)
	if err != nil {
		return unreadable(s.digest, err)
	}
	return c.sendPut(ctx, s, offset, body)
}

// sendPut makes the request and reads its answer.
func (c *Client) sendPut(ctx context.Context, s *sending, offset int64, body *body) error {
	req, err := c.putRequest(ctx, s, offset, body)
	if err != nil {
		return err
	}
	resp, err := c.do(req)
	// The transport may still be reading. It must not touch the content or call
	// progress after this.
	if cause := body.stop(); cause != nil {
		err = cause
	}
	if resp != nil {
		defer resp.Body.Close()
	}
	if err != nil {
		return err
	}
	switch resp.StatusCode {
	case http.StatusCreated:
		s.progress(s.size)
		return nil
	case http.StatusAccepted:
		return fallow.Errorf(fallow.CodeUnavailable, "a part of file %s only reached the server", s.digest)
	}
	return readProblem(resp)
}

func (c *Client) putRequest(ctx context.Context, s *sending, offset int64, body *body) (*http.Request, error) {
	req, err := c.request(ctx, http.MethodPut, s.digest, body)
	if err != nil {
		return nil, err
	}
	setCount(req.Header, headerOffset, offset)
	setCount(req.Header, headerLength, s.size)
	// A server that refuses can say so before the content goes out.
	req.Header.Set("Expect", "100-continue")
	if body.compressed {
		req.Header.Set("Content-Encoding", encodingZstd)
		return req, nil
	}
	if offset == s.size {
		req.Body = http.NoBody
	}
	req.ContentLength = s.size - offset
	return req, nil
}

func unreadable(d fallow.Digest, err error) error {
	return fallow.Errorf(fallow.CodeInternal, "read file %s: %w", d, err)
}
