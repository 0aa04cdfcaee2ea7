package rpc

import (
	"time"

	"fallow"
	"fallow/internal/rpc/fallowv1"
)

// MaxReason bounds, in bytes, the words in which an outcome gives its reason.
const MaxReason = 16 * fallow.KiB

// ToOutcome writes how an attempt ended. Words beyond [MaxReason] and output beyond
// [fallow.MaxLogTail] are cut, since a node must never fail to report for them.
func ToOutcome(o fallow.Outcome) *fallowv1.Outcome {
	return &fallowv1.Outcome{
		Kind:     string(o.Kind),
		Reason:   cutText(o.Reason, MaxReason),
		ExitCode: toInt32(o.ExitCode),
		Signal:   o.Signal,
		Limit:    o.Limit,
		Usage:    ToUsage(o.Usage),
		Tail:     []byte(o.Tail[max(0, len(o.Tail)-int(fallow.MaxLogTail)):]),
		Results:  ToFileRefs(o.Results),
		Wall:     int64(o.Wall),
	}
}

// FromOutcome checks kind, lengths, results and that nothing is negative.
func FromOutcome(o *fallowv1.Outcome) (fallow.Outcome, error) {
	kind := fallow.OutcomeKind(o.GetKind())
	switch {
	case !kind.Valid():
		return fallow.Outcome{}, invalid("outcome %q is none of the known kinds", kind)
	case len(o.GetReason()) > int(MaxReason), len(o.GetSignal()) > maxName, len(o.GetLimit()) > maxName:
		return fallow.Outcome{}, invalid("the words of an outcome are longer than %s", MaxReason)
	case len(o.GetTail()) > int(fallow.MaxLogTail):
		return fallow.Outcome{}, invalid("output of %d bytes, at most %s are kept", len(o.GetTail()), fallow.MaxLogTail)
	case o.GetWall() < 0:
		return fallow.Outcome{}, invalid("an attempt of %d ns", o.GetWall())
	}
	usage, err := FromUsage(o.GetUsage())
	if err != nil {
		return fallow.Outcome{}, err
	}
	results, err := FromFileRefs(o.GetResults())
	return fallow.Outcome{
		Kind: kind, Reason: o.GetReason(),
		ExitCode: int(o.GetExitCode()), Signal: o.GetSignal(), Limit: o.GetLimit(),
		Usage: usage, Tail: string(o.GetTail()), Results: results, Wall: time.Duration(o.GetWall()),
	}, err
}

// ToUsage writes what an attempt used.
func ToUsage(u fallow.Usage) *fallowv1.Usage {
	return &fallowv1.Usage{
		Cpu: int64(u.CPU), Memory: int64(u.Memory), Disk: int64(u.Disk), Procs: toInt32(u.Procs),
	}
}

// FromUsage checks that nothing is negative.
func FromUsage(u *fallowv1.Usage) (fallow.Usage, error) {
	if u.GetCpu() < 0 || u.GetMemory() < 0 || u.GetDisk() < 0 || u.GetProcs() < 0 {
		return fallow.Usage{}, invalid("usage below zero")
	}
	return fallow.Usage{
		CPU:    time.Duration(u.GetCpu()),
		Memory: fallow.Size(u.GetMemory()),
		Disk:   fallow.Size(u.GetDisk()),
		Procs:  int(u.GetProcs()),
	}, nil
}
