package transfer

import (
	"net/http"
	"strconv"
	"strings"

	"fallow"
)

// filesPath is where files lie on a server.
const filesPath = "/v1/files/"

// The headers of the protocol besides those of HTTP.
const (
	headerOffset = "Upload-Offset" // bytes of the file that the server has
	headerLength = "Upload-Length" // bytes of the whole file
)

// The values of Content-Encoding.
const (
	encodingZstd     = "zstd"
	encodingIdentity = "identity"
)

// parsePath takes the digest out of a request's path.
func parsePath(path string) (fallow.Digest, error) {
	name, ok := strings.CutPrefix(path, filesPath)
	if !ok {
		return fallow.Digest{}, fallow.Errorf(fallow.CodeNotFound, "there is nothing at %q", path)
	}
	return fallow.ParseDigest(name)
}

// parseCount reads a header that counts bytes: decimal digits and nothing else.
func parseCount(h http.Header, name string) (int64, error) {
	text := h.Get(name)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || text[0] == '+' {
		return 0, fallow.Errorf(fallow.CodeInvalid, "header %s: %q is not a number of bytes", name, text)
	}
	return n, nil
}

// setCount is the inverse of [parseCount].
func setCount(h http.Header, name string, n int64) { h.Set(name, strconv.FormatInt(n, 10)) }

// acceptsZstd reads Accept-Encoding (RFC 9110, 12.5.3). Only a plain "zstd", or one
// with a weight other than 0, counts.
func acceptsZstd(h http.Header) bool {
	for _, item := range strings.Split(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		name, params, _ := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(name), encodingZstd) {
			continue
		}
		weight, weighted := strings.CutPrefix(strings.TrimSpace(params), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !weighted || (err == nil && q > 0)
	}
	return false
}
