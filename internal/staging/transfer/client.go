package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"fallow"
)

// Client moves files to and from a server. Its errors are [fallow.Error]s: those of
// the server as they are, CodeUnavailable for a server that cannot be reached.
type Client struct {
	// HTTP makes the requests; required. TLS, proxies and authentication are its
	// transport's. It must have no overall Timeout: a transfer takes as long as it
	// gets on.
	HTTP *http.Client
	// Base is the server's address without a path: "https://grid.example:7443";
	// required.
	Base string
	// FirstDelay replaces the constant of that name if it is not 0.
	FirstDelay time.Duration
}

// Size gives the size in bytes of a file at the server; CodeNotFound if it is not
// whole there.
func (c *Client) Size(ctx context.Context, d fallow.Digest) (int64, error) {
	var size int64
	err := c.retry(ctx, func() (int64, error) {
		whole, offset, err := c.head(ctx, d)
		if err == nil && !whole {
			err = fallow.Errorf(fallow.CodeNotFound, "file %s is not at the server", d)
		}
		size = offset
		return 0, err
	})
	return size, err
}

// head asks what the server has of a file.
func (c *Client) head(ctx context.Context, d fallow.Digest) (whole bool, offset int64, err error) {
	req, err := c.request(ctx, http.MethodHead, d, nil)
	if err != nil {
		return false, 0, err
	}
	resp, err := c.do(req)
	if err != nil {
		return false, 0, err
	}
	defer resp.Body.Close()
	// An answer to HEAD has no body, so that the header alone tells a Fallow server
	// from a proxy that knows nothing of files.
	known := resp.Header.Get(headerOffset) != ""
	switch {
	case resp.StatusCode == http.StatusOK && known:
		whole = true
	case resp.StatusCode == http.StatusNotFound && known:
	default:
		return false, 0, readProblem(resp)
	}
	offset, err = parseCount(resp.Header, headerOffset)
	return whole, offset, err
}

func (c *Client) request(ctx context.Context, method string, d fallow.Digest, body io.Reader) (*http.Request, error) {
	url := strings.TrimSuffix(c.Base, "/") + filesPath + d.String()
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, fallow.Errorf(fallow.CodeInvalid, "server address %q: %w", c.Base, err)
	}
	return req, nil
}

// do sends a request. If that fails the server may be back soon.
func (c *Client) do(req *http.Request) (*http.Response, error) {
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, unreachable(req.Context(), err)
	}
	return resp, nil
}

// unreachable gives the error of a broken connection its code. The error of a
// server's own, found on the way, stays what it is.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	if e, ok := errors.AsType[*fallow.Error](err); ok {
		return e
	}
	return fallow.Errorf(fallow.CodeUnavailable, "the connection to the server failed: %w", err).
		WithHint("check that the server runs and that its address is right")
}
