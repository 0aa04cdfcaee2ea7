package transfer

import (
	"errors"
	"io"
	"sync"

	"fallow"
)

// errStopped is what the transport gets that reads on when the request is over.
var errStopped = errors.New("the request is over")

// body is the content of a PUT on its way out. [http.Transport] may read it, and
// close it, even after the request came back; so each read holds a lock, and stop
// lets no further read through to the content.
type body struct {
	compressed bool

	mu      sync.Mutex
	out     io.Reader // content, compressed or not
	content *progressReader
	stopped bool
}

func newBody(r io.Reader, s *sending, offset int64, compress bool) (*body, error) {
	content := &progressReader{src: r, sending: s, at: offset}
	b := &body{compressed: compress, out: content, content: content}
	if !compress {
		return b, nil
	}
	var err error
	b.out, err = newPacker(content)
	return b, err
}

// Read implements [io.Reader].
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped {
		return 0, errStopped
	}
	return b.out.Read(p)
}

// Close implements [io.Closer] for the transport.
func (b *body) Close() error {
	b.stop()
	return nil
}

// stop ends reading and gives the error of the content, if that is what went wrong.
func (b *body) stop() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopped = true
	return b.content.err
}

// progressReader reads a file from an offset up to its size and reports how far it
// got.
type progressReader struct {
	src     io.Reader
	sending *sending
	at      int64
	err     error // of the content, not of the network
}

// Read implements [io.Reader].
func (r *progressReader) Read(p []byte) (int, error) {
	left := r.sending.size - r.at
	if left == 0 {
		return 0, io.EOF
	}
	n, err := r.src.Read(p[:min(int64(len(p)), left)])
	if n > 0 {
		r.at += int64(n)
		r.sending.progress(r.at)
	}
	if err == io.EOF && r.at < r.sending.size {
		err = fallow.Errorf(fallow.CodeInvalid, "file %s became shorter while it was sent", r.sending.digest)
	}
	if err != nil && err != io.EOF {
		r.err = unreadable(r.sending.digest, err)
	}
	return n, err
}
