package initproc

import (
	"errors"

	"fallow/internal/evm/internal/portal"
)

// programError is a defect of the program or the command, not of the machine.
type programError struct{ err error }

func (e programError) Error() string { return e.err.Error() }
func (e programError) Unwrap() error { return e.err }

func failureOf(err error) portal.Failed {
	var program programError
	return portal.Failed{Program: errors.As(err, &program), Text: err.Error()}
}
