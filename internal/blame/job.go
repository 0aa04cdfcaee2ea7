package blame

import (
	"fmt"
	"slices"

	"fallow"
)

// judgeJob finds jobs that cannot work: their first subjobs fail on different nodes
// (paper, 4.2.3, malformed subjob). Such a job is held before it burns the grid. A
// job of fewer than three subjobs can't burn much: it fails by its subjobs' rules.
func judgeJob(c Case, failedForGood bool) JobVerdict {
	if c.Job.Succeeded > 0 || c.Outcome.Kind == fallow.Succeeded {
		return JobVerdict{}
	}
	v := JobVerdict{FailedNodes: c.Job.FailedNodes, FailedSubjobs: c.Job.FailedSubjobs}
	if !failure(c.Outcome.Kind) {
		return v
	}
	v.FailedNodes = gathered(v.FailedNodes, c.Node, maxNodes)
	v.FailedSubjobs = gathered(v.FailedSubjobs, c.Attempt.Subjob.Index, maxFailing)
	failed := c.Job.Failed
	if failedForGood {
		failed++
	}
	everywhere := failsEverywhere(c, v.FailedNodes) && len(v.FailedSubjobs) >= maxFailing
	if everywhere || failed >= maxFirstFailed {
		v.Hold, v.Reason = true, evidence(c, v, failed)
	}
	return v
}

func evidence(c Case, v JobVerdict, failed int64) string {
	subjobs := max(int64(len(v.FailedSubjobs)), failed)
	return fmt.Sprintf("none of %d subjobs has succeeded so far, but %d failed, on %s (%s); the last was %s on node %s: %s",
		c.Job.Total, subjobs, count(len(v.FailedNodes), "node"), list(v.FailedNodes), c.Attempt.Subjob, c.Node, told(c.Outcome))
}

// failure tells which outcomes may be the subjob's own fault.
func failure(k fallow.OutcomeKind) bool {
	switch k {
	case fallow.Failed, fallow.Crashed, fallow.TooShort, fallow.TooLong, fallow.OverLimit:
		return true
	}
	return false
}

// failsEverywhere tells whether subjobs failed on enough different nodes: three, or
// all that are active if there are fewer. A node in quarantine is not among the
// active ones.
func failsEverywhere(c Case, nodes []fallow.NodeID) bool {
	if len(nodes) >= maxNodes {
		return true
	}
	active := len(nodes)
	if c.Now.Before(c.Record.Until) {
		active--
	}
	return active > 0 && active >= c.ActiveNodes
}

// gathered adds an item to a list of different ones, unless it is long enough.
func gathered[T comparable](items []T, item T, most int) []T {
	if len(items) >= most || slices.Contains(items, item) {
		return items
	}
	return append(slices.Clip(items), item)
}
