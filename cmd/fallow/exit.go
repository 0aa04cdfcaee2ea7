package main

import (
	"context"
	"errors"

	"fallow"
)

// The exit codes of every command but run; documented in docs/cli.md.
const (
	exitOK          = 0
	exitFailed      = 1   // a defect, a broken machine, a file that is not what it should be
	exitInvalid     = 2   // the command line or a file given is wrong
	exitUnsuccess   = 3   // the job ended, but not well, or is held
	exitConflict    = 4   // not there, or not in a state that allows this
	exitDenied      = 5   // not allowed, or not logged in
	exitUnavailable = 6   // may work later
	exitUnsupported = 7   // this machine can't do it
	exitInterrupted = 130 // by the user, as shells report it: 128 + SIGINT
	exitUnread      = 141 // nobody reads the answer, as shells report it: 128 + SIGPIPE
)

// exitCodes says with which code the program ends for each code of an error.
var exitCodes = map[fallow.Code]int{
	fallow.CodeInvalid:     exitInvalid,
	fallow.CodeNotFound:    exitConflict,
	fallow.CodeConflict:    exitConflict,
	fallow.CodeDenied:      exitDenied,
	fallow.CodeUnknownUser: exitDenied,
	fallow.CodeLimit:       exitInvalid,
	fallow.CodeTampered:    exitFailed,
	fallow.CodeUnsupported: exitUnsupported,
	fallow.CodeUnavailable: exitUnavailable,
	fallow.CodeInternal:    exitFailed,
}

// exit is the error of a command that said all there is to say and ends with a code
// of its own.
type exit int

func (exit) Error() string { return "" }

// failure is an error with an exit code of its own.
type failure struct {
	error
	code int
}

// Unwrap gives the reason.
func (f failure) Unwrap() error { return f.error }

// exitCode gives the code for a command's error.
func exitCode(err error) int {
	if own, ok := errors.AsType[exit](err); ok {
		return int(own)
	}
	if errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	if own, ok := errors.AsType[failure](err); ok {
		return own.code
	}
	return exitCodes[fallow.CodeOf(err)]
}
