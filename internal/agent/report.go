package agent

import (
	"context"
	"path/filepath"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/staging/result"
)

// bringResults uploads the result files of an attempt that succeeded.
func (at *attempt) bringResults(ctx context.Context, outcome *fallow.Outcome) error {
	if outcome.Kind != fallow.Succeeded {
		return nil
	}
	files, err := at.resultFiles(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := at.upload(ctx, f); err != nil {
			return err
		}
		outcome.Results = append(outcome.Results, f.FileRef)
	}
	return nil
}

// resultFiles are the files under /out that the job wants, and standard output if
// it wants that.
func (at *attempt) resultFiles(ctx context.Context) ([]result.File, error) {
	limits := result.Limits{Output: at.limits.output}
	var files []result.File
	if at.stdout {
		kept, err := result.Collect(ctx, at.dir, []string{fallow.StdoutName}, limits)
		if err != nil {
			return nil, err
		}
		files = kept
	}
	if at.stdout && len(at.outputs) == 1 {
		return files, nil
	}
	out, err := result.Collect(ctx, filepath.Join(at.dir, "out"), at.outputs, limits)
	return append(files, out...), err
}

func (at *attempt) upload(ctx context.Context, f result.File) error {
	return at.files.Upload(ctx, f.Digest, f.Size, f.Open, nil)
}

// resultsFailed is the outcome of a program that ended well, but whose results
// could not be brought back.
func resultsFailed(o fallow.Outcome, err error) fallow.Outcome {
	switch fallow.CodeOf(err) {
	case fallow.CodeLimit:
		o.Kind, o.Limit = fallow.OverLimit, "output"
	case fallow.CodeInvalid:
		o.Kind = fallow.Failed
	case fallow.CodeTampered:
		o.Kind = fallow.Tampered
	default:
		o.Kind = fallow.NotStarted
	}
	o.Reason, o.Results = "the program succeeded, but its results could not be brought back: "+err.Error(), nil
	return o
}

// report tells the server how an attempt ended. It tries until the server has
// answered or the attempt is unwanted; the heartbeat keeps the lease meanwhile.
func (a *Agent) report(ctx context.Context, id fallow.AttemptID, outcome fallow.Outcome) {
	request := &fallowv1.ReportRequest{Reports: []*fallowv1.Report{{
		Attempt: rpc.ToAttemptID(id), Outcome: rpc.ToOutcome(outcome),
	}}}
	for pause := retryFirst; ctx.Err() == nil; {
		_, err := a.node.Report(ctx, connect.NewRequest(request))
		if err == nil || ctx.Err() != nil {
			return
		}
		if stop := a.leaseFailed(ctx, err, &pause); stop {
			return
		}
	}
}
