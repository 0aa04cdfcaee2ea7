package transfer

import (
	"net/http"

	"fallow"
	"fallow/internal/staging"
)

// handler serves the files of one store.
type handler struct {
	store staging.Store
}

// Handler serves the files of a store under /v1/files/, without asking who calls:
// wrap it in what does.
func Handler(store staging.Store) http.Handler { return handler{store} }

// ServeHTTP implements [http.Handler].
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store, no-transform")
	d, err := parsePath(r.URL.Path)
	if err != nil {
		WriteProblem(w, err)
		return
	}
	switch r.Method {
	case http.MethodHead:
		h.head(w, r, d)
	case http.MethodGet:
		h.get(w, r, d)
	case http.MethodPut:
		h.put(w, r, d)
	default:
		w.Header().Set("Allow", "HEAD, GET, PUT")
		writeProblem(w, http.StatusMethodNotAllowed,
			fallow.Errorf(fallow.CodeInvalid, "method %q does not apply to files", r.Method))
	}
}

// head tells what is there of a file.
func (h handler) head(w http.ResponseWriter, r *http.Request, d fallow.Digest) {
	size, err := h.store.Stat(r.Context(), d)
	if err == nil {
		setCount(w.Header(), headerOffset, size)
		setCount(w.Header(), "Content-Length", size)
		w.WriteHeader(http.StatusOK)
		return
	}
	if fallow.CodeOf(err) == fallow.CodeNotFound {
		h.setOffset(w, r, d)
	}
	WriteProblem(w, err)
}

// setOffset tells where an upload goes on. Without it the client starts from 0 and
// is told then, so an error may be passed over.
func (h handler) setOffset(w http.ResponseWriter, r *http.Request, d fallow.Digest) {
	if offset, err := h.store.Offset(r.Context(), d); err == nil {
		setCount(w.Header(), headerOffset, offset)
	}
}
