package transfer

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"fallow"
)

// StallTime is how long a transfer may stand still before it is broken off. A
// server that goes on with a large part reads it first, at some hundred MB/s; this
// is long enough for parts of 100 GB.
const StallTime = 5 * time.Minute

// stallReader reads a request's body and gives up when nothing comes for
// [StallTime], so that a client that vanished does not hold its part for ever. A
// body that breaks off may come again, so its error is of CodeUnavailable.
type stallReader struct {
	body io.Reader
	conn *http.ResponseController
	err  error // that ended the body, other than io.EOF
}

// Read implements [io.Reader].
func (s *stallReader) Read(p []byte) (int, error) {
	if err := setDeadline(s.conn.SetReadDeadline, time.Now().Add(StallTime)); err != nil {
		return 0, err
	}
	n, err := s.body.Read(p)
	switch err {
	case nil:
		return n, nil
	case io.EOF:
		// The server goes on reading the connection, to see whether the client
		// leaves; and what is done with the body may take long.
		if err := setDeadline(s.conn.SetReadDeadline, time.Time{}); err != nil {
			return n, err
		}
		return n, io.EOF
	}
	s.err = fallow.Errorf(fallow.CodeUnavailable, "the body broke off: %w", err)
	return n, s.err
}

// stallWriter writes an answer's body with the same patience.
type stallWriter struct {
	body io.Writer
	conn *http.ResponseController
}

// Write implements [io.Writer].
func (s stallWriter) Write(p []byte) (int, error) {
	if err := setDeadline(s.conn.SetWriteDeadline, time.Now().Add(StallTime)); err != nil {
		return 0, err
	}
	return s.body.Write(p)
}

// setDeadline passes over servers whose connections have no deadlines.
func setDeadline(set func(time.Time) error, at time.Time) error {
	if err := set(at); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// watchdog ends a client's request when nothing moves for [StallTime].
type watchdog struct {
	timer *time.Timer
}

// newWatchdog gives the context for the request and what must be called when it is
// over.
func newWatchdog(ctx context.Context) (context.Context, *watchdog, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(StallTime, func() {
		cancel(fallow.Errorf(fallow.CodeUnavailable, "nothing moved for %s", StallTime))
	})
	return ctx, &watchdog{timer}, func() {
		timer.Stop()
		cancel(nil)
	}
}

// watched reads through to r and tells the watchdog.
func (w *watchdog) watched(r io.Reader) io.Reader { return watchedReader{r, w} }

type watchedReader struct {
	io.Reader
	dog *watchdog
}

// Read implements [io.Reader].
func (r watchedReader) Read(p []byte) (int, error) {
	r.dog.timer.Reset(StallTime)
	return r.Reader.Read(p)
}
