package scheduler

import (
	"fmt"
	"time"

	"fallow"
)

// Explanation tells which nodes could run a job's subjobs and why the others can't.
type Explanation struct {
	Nodes   int      // looked at
	Able    int      // meet every requirement, if nothing else ran there
	Busy    int      // of the able, the ones that run something now
	Reasons []string // a sentence for each requirement that some node fails
}

// Summary is the explanation in one sentence.
func (e Explanation) Summary() string {
	switch {
	case e.Nodes == 0:
		return "the grid has no nodes"
	case e.Able == 0:
		return fmt.Sprintf("none of %s could run it", count(e.Nodes, "node"))
	case e.Busy == e.Able:
		return fmt.Sprintf("%d of %s could run it, none of them at once: they run something now", e.Able, count(e.Nodes, "node"))
	}
	return fmt.Sprintf("%d of %s could run it, %d of them at once", e.Able, count(e.Nodes, "node"), e.Able-e.Busy)
}

// Explain compares a job's requirements with nodes. It looks at what nodes have,
// not at what is free at the moment.
func Explain(job Job, nodes []fallow.Node, now time.Time) Explanation {
	checks := append(stateChecks(now), resourceChecks(Takes(job.Needs))...)
	checks = append(checks, propertyChecks(job)...)
	e := Explanation{Nodes: len(nodes)}
	for _, c := range checks {
		if reason := c.explain(nodes); reason != "" {
			e.Reasons = append(e.Reasons, reason)
		}
	}
	for _, n := range nodes {
		if !meetsAll(checks, n) {
			continue
		}
		e.Able++
		if n.Running > 0 {
			e.Busy++
		}
	}
	return e
}

// explain gives "needs 64GiB of memory: 3 of 3 nodes have less; the largest has
// 8GiB", or nothing if all nodes meet the requirement.
func (c check) explain(nodes []fallow.Node) string {
	var failing []fallow.Node
	for _, n := range nodes {
		if !c.meets(n) {
			failing = append(failing, n)
		}
	}
	if len(failing) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %d of %s %s", c.needs, len(failing), count(len(nodes), "node"), c.lacks(failing))
}

// count gives "1 node" or "3 nodes".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
