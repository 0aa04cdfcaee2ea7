package agent

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"fallow"
	"fallow/internal/staging/result"
)

// bringResults uploads the result files of an attempt that succeeded, and gives its
// outcome with them. What is wrong with the files is the program's fault; what goes
// wrong on their way is not.
func (at *attempt) bringResults(ctx context.Context, outcome fallow.Outcome) fallow.Outcome {
	files, err := at.resultFiles(ctx)
	if err != nil {
		return resultsFailed(outcome, err)
	}
	for _, f := range files {
		err := at.insist(ctx, "bring back a result", awayOrFull, func(ctx context.Context) error {
			return at.files.Upload(ctx, f.Digest, f.Size, f.Open, nil)
		})
		if err != nil {
			return lostOnTheWay(outcome, err)
		}
		outcome.Results = append(outcome.Results, f.FileRef)
	}
	return outcome
}

// resultFiles are the files under /out that the job wants, and standard output if
// it wants that.
func (at *attempt) resultFiles(ctx context.Context) ([]result.File, error) {
	limits := result.Limits{Output: at.limits.output}
	if !at.stdout {
		return result.Collect(ctx, filepath.Join(at.dir, "out"), at.outputs, limits)
	}
	files, err := result.Collect(ctx, at.consoleDir(), []string{fallow.StdoutName}, limits)
	others := slices.DeleteFunc(slices.Clone(at.outputs), func(pattern string) bool { return pattern == fallow.StdoutName })
	if err != nil || len(others) == 0 {
		return files, err
	}
	out, err := result.Collect(ctx, filepath.Join(at.dir, "out"), others, limits)
	return append(files, out...), err
}

// consoleDir holds standard output where it is a result: out of the program's reach,
// and apart from whatever the program leaves.
func (at *attempt) consoleDir() string { return filepath.Join(at.dir, "console") }

const notBroughtBack = "the program succeeded, but its results could not be brought back: "

// resultsFailed is the outcome of a program that ended well, but left results that
// cannot be taken.
func resultsFailed(o fallow.Outcome, err error) fallow.Outcome {
	switch fallow.CodeOf(err) {
	case fallow.CodeLimit:
		o.Kind, o.Limit = fallow.OverLimit, "output"
	case fallow.CodeInvalid:
		o.Kind = fallow.Failed
	default:
		return lostOnTheWay(o, err)
	}
	o.Reason, o.Results = notBroughtBack+err.Error(), nil
	return o
}

// lostOnTheWay is the outcome of a program that ended well, but on a node that could
// not bring its results back. Files that still change are the program's fault: all
// its processes are gone.
func lostOnTheWay(o fallow.Outcome, err error) fallow.Outcome {
	o.Kind, o.Reason, o.Results = fallow.NotStarted, notBroughtBack+err.Error(), nil
	switch {
	case errors.Is(err, result.ErrChanged):
		o.Kind = fallow.Failed
	case fallow.CodeOf(err) == fallow.CodeTampered:
		o.Kind = fallow.Tampered
	}
	return o
}
