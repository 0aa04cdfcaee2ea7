package main

import (
	"errors"
	"io"
	"syscall"
)

// readWatch is a writer that tells when nobody reads any more what is written, as
// when 'head' has seen enough.
type readWatch struct {
	io.Writer
	unread func()
}

// Write implements [io.Writer].
func (w readWatch) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		w.unread()
	}
	return n, err
}

// answered makes of an answer that nobody reads a quiet end of the program.
func answered(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return exit(exitUnread)
	}
	return err
}
