package fallow

import (
	"errors"
	"fmt"
)

// Code classifies an [Error] for programs. The set is closed.
type Code string

// The codes, each with the question it answers.
const (
	CodeInvalid     Code = "invalid"     // the input is wrong; the same call will never work
	CodeNotFound    Code = "not-found"   // the thing named does not exist
	CodeConflict    Code = "conflict"    // the thing is in a state that does not allow this
	CodeDenied      Code = "denied"      // who asks may not do this
	CodeUnknownUser Code = "unknown"     // who asks could not be identified
	CodeLimit       Code = "limit"       // a named limit was reached
	CodeTampered    Code = "tampered"    // content is not what its digest or signature says
	CodeUnsupported Code = "unsupported" // this machine or program cannot do this
	CodeUnavailable Code = "unavailable" // try again later
	CodeInternal    Code = "internal"    // a defect or a broken machine
)

// Error is an error with a code for programs, a message for people that says what
// failed on which thing, and, where the reader can act, a hint that says what to
// do.
type Error struct {
	Code    Code
	Message string
	Hint    string
	cause   error
}

// Errorf makes an [Error]. The format's %w verb wraps a cause as in [fmt.Errorf].
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), cause: errors.Unwrap(err)}
}

// WithHint returns the error with a hint: what the reader should do next.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Error gives the message alone; the hint is printed by whoever talks to people.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause named by %w, if any.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf finds the code of the first [Error] in err's chain; [CodeInternal]
// without one.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// MayPass tells whether an error may be gone at the next try: it is about the
// machine, not about what was asked.
func MayPass(err error) bool {
	switch CodeOf(err) {
	case CodeUnavailable, CodeInternal:
		return true
	}
	return false
}

// HintOf finds the hint of the first [Error] in err's chain that has one.
func HintOf(err error) string {
	for err != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.cause
	}
	return ""
}
