package blame

import (
	"fmt"
	"slices"
	"time"

	"fallow"
)

// subjobRules is what each outcome means for the subjob: why it must fail, or ""
// if it may be tried again.
var subjobRules = map[fallow.OutcomeKind]func(Case) string{
	fallow.Failed:     ownFault,
	fallow.Crashed:    ownFault,
	fallow.TooShort:   tooShort,
	fallow.TooLong:    tooLong,
	fallow.OverLimit:  overLimit,
	fallow.Tampered:   nodeFault,
	fallow.NotStarted: nodeFault,
	fallow.Evicted:    nobodysFault,
	fallow.Lost:       nobodysFault,
	fallow.Cancelled:  nobodysFault,
}

func judgeSubjob(c Case) SubjobVerdict {
	if c.Outcome.Kind == fallow.Succeeded {
		return SubjobVerdict{Next: Done}
	}
	if why := subjobRules[c.Outcome.Kind](c); why != "" {
		return SubjobVerdict{Next: Fail, Reason: why + last(c)}
	}
	if n := len(c.Earlier) + 1; n >= fallow.MaxAttempts {
		return SubjobVerdict{Next: Fail, Reason: fmt.Sprintf("it was tried %d times, which is the most (MaxAttempts)", n) + last(c)}
	}
	return SubjobVerdict{
		Next:      Retry,
		Reason:    fmt.Sprintf("attempt %d on node %s: %s", c.Attempt.Number, c.Node, told(c.Outcome)),
		NotBefore: c.Now.Add(doubled(retryDelay, len(c.Earlier), maxRetryDelay)),
	}
}

// ownFault: a program that fails by itself is retried on other nodes as often as
// the job says, but not after three different nodes (paper, 4.2.3, malformed
// subjob).
func ownFault(c Case) string {
	if nodes := nodesWith(c, fallow.Failed, fallow.Crashed, fallow.TooShort); len(nodes) >= maxNodes {
		return fmt.Sprintf("it failed on %d different nodes (%s)", len(nodes), list(nodes))
	}
	if n := times(c, fallow.Failed, fallow.Crashed); n > c.Retries {
		nodes := nodesWith(c, fallow.Failed, fallow.Crashed)
		return fmt.Sprintf("it failed %s on %s, and the job allows %s", count(n, "time"), list(nodes), count(c.Retries, "retry"))
	}
	return ""
}

// tooShort: either the node or the subjob is wrong, so another node is asked once
// (paper, 4.2.3, malformed subjob).
func tooShort(c Case) string {
	if n := times(c, fallow.TooShort); n >= maxTooShort {
		return fmt.Sprintf("it ended too soon %s, on %s", count(n, "time"), list(nodesWith(c, fallow.TooShort)))
	}
	return ownFault(c)
}

// tooLong: there is no telling a slow subjob from one that never ends, so the
// maximum time is the job's own word for the difference (paper, 4.2.3, malformed
// subjob).
func tooLong(c Case) string {
	return fmt.Sprintf("it ran longer than the job's maximum time on node %s", c.Node)
}

// overLimit: another node may have more to offer, but not after three different
// ones (paper, 4.2.3, desktop resource contention). A grid that has fewer is asked
// three times.
func overLimit(c Case) string {
	nodes, n := nodesWith(c, fallow.OverLimit), times(c, fallow.OverLimit)
	everywhere := len(nodes) >= c.ActiveNodes && n >= maxNodes
	if len(nodes) >= maxNodes || everywhere || n >= maxOverLimit {
		return fmt.Sprintf("it went over its limits %s, on %s", count(n, "time"), list(nodes))
	}
	return ""
}

// nodeFault: what went wrong before the program ran, or in the files it was given,
// is the node's fault, unless it happens everywhere.
func nodeFault(c Case) string {
	nodes, n := nodesWith(c, fallow.Tampered, fallow.NotStarted), times(c, fallow.Tampered, fallow.NotStarted)
	if len(nodes) >= maxNodes && n >= maxNodeFaults {
		return fmt.Sprintf("it could not be run %s, on %s", count(n, "time"), list(nodes))
	}
	return ""
}

// nobodysFault: the desktop was needed, went away, or a person ended the attempt
// (paper, 4.2.3, desktop resource contention). Whoever cancels a subjob, and not
// just an attempt, does not ask for a verdict.
func nobodysFault(Case) string { return "" }

// times counts the attempts, with this one, that ended as one of kinds.
func times(c Case, kinds ...fallow.OutcomeKind) int {
	n := 0
	for _, e := range all(c) {
		if slices.Contains(kinds, e.Kind) {
			n++
		}
	}
	return n
}

// nodesWith gives the different nodes of attempts, with this one, that ended as one
// of kinds.
func nodesWith(c Case, kinds ...fallow.OutcomeKind) []fallow.NodeID {
	var nodes []fallow.NodeID
	for _, e := range all(c) {
		if slices.Contains(kinds, e.Kind) && !slices.Contains(nodes, e.Node) {
			nodes = append(nodes, e.Node)
		}
	}
	return nodes
}

func all(c Case) []Earlier {
	return append(slices.Clip(c.Earlier), Earlier{Node: c.Node, Kind: c.Outcome.Kind})
}

// doubled gives first doubled n times, at most most.
func doubled(first time.Duration, n int, most time.Duration) time.Duration {
	for ; n > 0 && first < most; n-- {
		first *= 2
	}
	return min(first, most)
}
