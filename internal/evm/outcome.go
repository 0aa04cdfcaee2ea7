package evm

import (
	"fmt"

	"fallow"
)

// Outcome makes an attempt's outcome of a run's end. The caller, who knows why it
// called [Run.Kill], turns the cancelled kind into [fallow.Evicted] where the
// desktop was needed, and adds the results.
func (e Exit) Outcome() fallow.Outcome {
	o := fallow.Outcome{
		Kind:   e.kind(),
		Reason: e.Reason,
		Limit:  e.Limit,
		Signal: e.Signal,
		Usage:  e.Usage,
		Tail:   e.Tail,
		Wall:   e.Wall,
	}
	switch o.Kind {
	case fallow.Failed:
		o.ExitCode = e.Code
	case fallow.Crashed:
		if last := lastLines(e.Tail); last != "" {
			o.Reason = fmt.Sprintf("%s; the last it wrote was: %s", e.Reason, last)
		}
	}
	return o
}

func (e Exit) kind() fallow.OutcomeKind {
	switch {
	case e.Limit == LimitTime:
		return fallow.TooLong
	case e.Limit != "":
		return fallow.OverLimit
	case e.Killed != "":
		return fallow.Cancelled
	case e.Signal != "" || e.Broken:
		return fallow.Crashed
	case e.Code == 0:
		return fallow.Succeeded
	case e.Code < 0:
		return fallow.NotStarted // PID 1 broke down before the program ran: the machine's fault
	}
	return fallow.Failed
}

// exitNotFound is what a shell exits with for a command that it can't find.
const exitNotFound = 127

// StartOutcome makes an outcome of an error of [Machine.Start]. A command that is
// not in the bundle is the subjob's fault, all else the node's.
func StartOutcome(err error) fallow.Outcome {
	switch fallow.CodeOf(err) {
	case fallow.CodeNotFound, fallow.CodeInvalid:
		return fallow.Outcome{Kind: fallow.Failed, ExitCode: exitNotFound, Reason: err.Error()}
	}
	return fallow.Outcome{Kind: fallow.NotStarted, Reason: err.Error()}
}
