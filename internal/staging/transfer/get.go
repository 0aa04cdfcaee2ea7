package transfer

import (
	"fmt"
	"io"
	"net/http"

	"fallow"
	"fallow/internal/staging"
)

// get sends a file or a range of it.
func (h handler) get(w http.ResponseWriter, r *http.Request, d fallow.Digest) {
	f, err := h.store.Open(r.Context(), d)
	if err != nil {
		WriteProblem(w, err)
		return
	}
	defer f.Close()
	span, status := byteRange{0, f.Size()}, http.StatusOK
	if header := r.Header.Get("Range"); header != "" {
		span, err = parseRange(header, f.Size())
		if err != nil {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", f.Size()))
			writeProblem(w, http.StatusRequestedRangeNotSatisfiable, err)
			return
		}
		w.Header().Set("Content-Range", span.contentRange(f.Size()))
		status = http.StatusPartialContent
	}
	compress := false
	if acceptsZstd(r.Header) {
		if compress, err = pays(f, span); err != nil {
			WriteProblem(w, err)
			return
		}
	}
	send(w, f, span, status, compress)
}

// send writes the answer. Once its head is out, all that can be done about an error
// is to break the connection, so that the client sees that the content is not all.
func send(w http.ResponseWriter, f staging.File, span byteRange, status int, compress bool) {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Accept-Ranges", "bytes")
	h.Set("Vary", "Accept-Encoding")
	var err error
	body := io.NewSectionReader(f, span.offset, span.length)
	if compress {
		h.Set("Content-Encoding", encodingZstd)
		w.WriteHeader(status)
		err = sendZstd(w, body)
	} else {
		setCount(h, "Content-Length", span.length)
		w.WriteHeader(status)
		_, err = io.Copy(stallWriter{w, http.NewResponseController(w)}, body)
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

func sendZstd(w http.ResponseWriter, body io.Reader) error {
	enc, err := newEncoder(stallWriter{w, http.NewResponseController(w)})
	if err != nil {
		return err
	}
	if _, err := io.Copy(enc, body); err != nil {
		return err
	}
	return enc.Close()
}

// checkEncoding refuses content in an encoding unknown here.
func checkEncoding(encoding string) error {
	switch encoding {
	case "", encodingIdentity, encodingZstd:
		return nil
	}
	return fallow.Errorf(fallow.CodeUnsupported, "content encoding %q is not understood", encoding).
		WithHint("use zstd or identity")
}
