package sign

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"fallow"
)

// payload is a request's body, ready to be signed and sent.
type payload struct {
	body    io.ReadCloser
	getBody func() (io.ReadCloser, error) // nil if the body can be read only once
	length  int64                         // -1 if unknown
	digest  string
}

// payloadOf takes the body over from the request: whatever happens, the request's
// own is closed, as [http.RoundTripper] demands. A message is read into memory
// rather than twice by its GetBody, because RPC clients let GetBody rewind the one
// buffer that an earlier, refused request may still be reading. A file is neither
// hashed nor held.
func payloadOf(req *http.Request) (payload, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return memory(nil), nil
	}
	if IsFileUpload(req.Method, req.URL.RequestURI()) {
		return payload{req.Body, req.GetBody, req.ContentLength, DigestInPath}, nil
	}
	defer req.Body.Close()
	content, err := io.ReadAll(io.LimitReader(req.Body, int64(fallow.MaxMessage)+1))
	if err != nil {
		return payload{}, fmt.Errorf("sign request to %q: %w", req.URL.Path, err)
	}
	if len(content) > int(fallow.MaxMessage) {
		return payload{}, fallow.Errorf(fallow.CodeLimit, "the request to %q is longer than MaxMessage, %v", req.URL.Path, fallow.MaxMessage)
	}
	return memory(content), nil
}

// memory is a payload whose content is held in memory; nil means no body.
func memory(content []byte) payload {
	sum := sha256.Sum256(content)
	open := func() (io.ReadCloser, error) {
		if len(content) == 0 {
			return http.NoBody, nil
		}
		return io.NopCloser(bytes.NewReader(content)), nil
	}
	body, _ := open() // can't fail: see above
	return payload{body, open, int64(len(content)), hex.EncodeToString(sum[:])}
}
