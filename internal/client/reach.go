package client

import (
	"errors"
	"net"
	"net/http"
	"syscall"

	"fallow"
)

// reach says of a request that got no answer, which server could not be reached and
// why.
type reach struct {
	server string
	next   http.RoundTripper
}

func (r reach) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := r.next.RoundTrip(req)
	if err == nil || req.Context().Err() != nil {
		return res, err
	}
	if _, ok := errors.AsType[*fallow.Error](err); ok {
		return res, err // it was reached, and found not to be the grid's
	}
	return res, fallow.Errorf(fallow.CodeUnavailable, "cannot reach the server %s: %w", r.server, plainCause(err)).
		WithHint("is it running, and does the network let you through? Its address is that given to 'fallow login', or in FALLOW_SERVER")
}

// CloseIdleConnections makes [http.Client.CloseIdleConnections] reach the transport.
func (r reach) CloseIdleConnections() { closeIdle(r.next) }

// plainCause leaves out of a network's error what only repeats the addresses.
func plainCause(err error) error {
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		return name
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number
	}
	return err
}
