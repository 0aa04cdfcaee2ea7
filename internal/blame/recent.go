package blame

import (
	"slices"

	"fallow"
)

// NodeEnd is how a job's latest attempt on a node ended: quickly, as on a black
// hole, or soundly, as where programs run.
type NodeEnd struct {
	Node  fallow.NodeID
	Quick bool
}

// recentWith adds an outcome to what is known of the job's ends on different nodes.
// Each node has one place, so that a node on which everything ends at once does not
// push out all others. While a job goes well everywhere nothing changes, and there is
// nothing to store.
func recentWith(c Case) []NodeEnd {
	end, recent := NodeEnd{Node: c.Node, Quick: quick(c)}, c.Job.Recent
	if !end.Quick && c.Outcome.Kind != fallow.Succeeded && !long(c) {
		return recent
	}
	if i := slices.IndexFunc(recent, func(e NodeEnd) bool { return e.Node == c.Node }); i >= 0 {
		recent = slices.Clone(recent)
		recent[i] = end
		return recent
	}
	if len(recent) < maxRecent {
		return append(slices.Clip(recent), end)
	}
	if !end.Quick && !slices.ContainsFunc(recent, func(e NodeEnd) bool { return e.Quick }) {
		return recent
	}
	return append(slices.Clone(recent[1:]), end)
}

// endsElsewhere counts how the job ended on other nodes lately.
func endsElsewhere(c Case) (quick, sound int) {
	for _, e := range c.Job.Recent {
		switch {
		case e.Node == c.Node:
		case e.Quick:
			quick++
		default:
			sound++
		}
	}
	return quick, sound
}
