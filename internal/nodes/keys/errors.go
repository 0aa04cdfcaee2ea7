package keys

import (
	"errors"
	"io/fs"

	"fallow"
)

// occupied says in the node's words that a folder exists.
func occupied(dir string, err error) error {
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	return fallow.Errorf(fallow.CodeConflict, "this machine is a node already: its identity is in %q", dir).
		WithHint("to join another grid or to become a new node, move the folder away first")
}

// notJoined says in the node's words that a folder does not exist.
func notJoined(err error) error {
	if fallow.CodeOf(err) != fallow.CodeNotFound {
		return err
	}
	return fallow.Errorf(fallow.CodeNotFound, "this machine has not joined a grid: %w", err).
		WithHint("ask the grid's operator for a join token ('fallow node token') and run: fallow-agent join URL TOKEN")
}
