package transfer

import (
	"context"
	"io"
	"net/http"
	"time"

	"fallow"
	"fallow/internal/staging"
)

// upload is what a PUT says about its body.
type upload struct {
	digest   fallow.Digest
	offset   int64 // where the body goes in the file, bytes
	size     int64 // of the whole file, bytes
	encoding string
}

// parseUpload reads the headers of a PUT.
func parseUpload(h http.Header, d fallow.Digest) (upload, error) {
	u := upload{digest: d, encoding: h.Get("Content-Encoding")}
	var err error
	if u.offset, err = parseCount(h, headerOffset); err != nil {
		return u, err
	}
	if u.size, err = parseCount(h, headerLength); err != nil {
		return u, err
	}
	if u.offset > u.size {
		return u, fallow.Errorf(fallow.CodeInvalid, "offset %d is beyond the file's %d bytes", u.offset, u.size)
	}
	if err := staging.CheckSize(d, u.size); err != nil {
		return u, err
	}
	return u, checkEncoding(u.encoding)
}

// put appends the body to the part of a file.
func (h handler) put(w http.ResponseWriter, r *http.Request, d fallow.Digest) {
	conn := http.NewResponseController(w)
	if err := limitRest(conn, r); err != nil {
		WriteProblem(w, err)
		return
	}
	u, err := parseUpload(r.Header, d)
	if err != nil {
		WriteProblem(w, err)
		return
	}
	body := &stallReader{body: r.Body, conn: conn}
	reached, err := h.receive(r.Context(), u, body)
	if err != nil {
		if fallow.CodeOf(err) == fallow.CodeConflict {
			h.setOffset(w, r, d)
		}
		WriteProblem(w, err)
		return
	}
	setCount(w.Header(), headerOffset, reached)
	if reached < u.size {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// limitRest bounds how long the server reads what is left of a body after an early
// answer. Without a body it is reading already, to see whether the client leaves.
func limitRest(conn *http.ResponseController, r *http.Request) error {
	if r.ContentLength == 0 {
		return nil
	}
	return setDeadline(conn.SetReadDeadline, time.Now().Add(StallTime))
}

// receive decodes the body into the store, which reads no more of it than the file
// has bytes: a small body that unpacks to a huge one gets nowhere.
func (h handler) receive(ctx context.Context, u upload, body *stallReader) (int64, error) {
	if u.encoding != encodingZstd {
		return h.store.Put(ctx, u.digest, u.size, u.offset, body)
	}
	dec, err := newDecoder(body)
	if err != nil {
		return 0, malformed(err)
	}
	defer dec.Close()
	return h.store.Put(ctx, u.digest, u.size, u.offset, decodedReader{dec, body})
}

// decodedReader tells a compressed body that broke off from one that is malformed.
type decodedReader struct {
	io.Reader
	body *stallReader
}

// Read implements [io.Reader].
func (r decodedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	if r.body.err != nil {
		return n, r.body.err
	}
	return n, malformed(err)
}

func malformed(err error) error {
	return fallow.Errorf(fallow.CodeInvalid, "the body is not zstd: %w", err)
}
