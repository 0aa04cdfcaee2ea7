package verify

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"fallow"
	"fallow/internal/nodes/sign"
)

// checkBody holds the body against its signed digest. It must be read whole before
// the handler sees any of it, and is held in memory once; a file is passed on as it
// comes, for whoever stores it checks it against the digest in its path.
func checkBody(r *http.Request, form sign.Form) *refusal {
	if form.Digest == sign.DigestInPath {
		if sign.IsFileUpload(form.Method, form.Target) {
			return nil
		}
		return refuse(sign.RefusedForm, "the body of %s %s must be in the signature", form.Method, form.Target)
	}
	content, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, int64(fallow.MaxMessage)))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse(sign.RefusedBody, "the request is longer than MaxMessage, %v", fallow.MaxMessage)
	}
	if err != nil {
		return refuse(sign.RefusedBody, "the request ended early: %v", err)
	}
	if fallow.DigestOf(content).String() != form.Digest {
		return refuse(sign.RefusedBody, "the request is not what its digest says")
	}
	r.Body = io.NopCloser(bytes.NewReader(content)) // the server closes its own
	return nil
}
