package evm

import (
	"errors"
	"io"
	"os"
)

// newDirectory wraps an open directory for listing.
func newDirectory(fd int) *os.File { return os.NewFile(uintptr(fd), "directory") }

// ignoreEnd takes the end of a listing for what it is.
func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
