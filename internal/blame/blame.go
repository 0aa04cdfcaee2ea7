package blame

import (
	"time"

	"fallow"
)

// Case is an outcome with the records it is judged by.
type Case struct {
	Now         time.Time
	Attempt     fallow.AttemptID
	Node        fallow.NodeID
	Outcome     fallow.Outcome
	Needs       fallow.Needs
	Retries     int               // the job's
	Earlier     []Earlier         // the subjob's attempts that ended before, in order
	Record      fallow.Quarantine // of the node, before this outcome
	Job         JobRecord
	ActiveNodes int // nodes of the grid that could take work
}

// Earlier is an attempt of the same subjob that ended before.
type Earlier struct {
	Node fallow.NodeID
	Kind fallow.OutcomeKind
}

// JobRecord is what the job's other subjobs tell.
type JobRecord struct {
	Total     int64
	Succeeded int64
	Failed    int64 // subjobs that failed for good
	// FailedNodes are different nodes on which attempts failed while no subjob had
	// succeeded, and FailedSubjobs the indexes of different subjobs that did; a few
	// of them, as evidence.
	FailedNodes   []fallow.NodeID
	FailedSubjobs []int64
	Recent        []NodeEnd // on different nodes, a few of them
}

// Verdict is what follows from a case.
type Verdict struct {
	Outcome fallow.Outcome // as counted: the minimum time may turn succeeded into too-short
	Subjob  SubjobVerdict
	Node    NodeVerdict
	Job     JobVerdict
}

// SubjobVerdict tells what becomes of the subjob.
type SubjobVerdict struct {
	Next      Next
	Reason    string    // in words, with the evidence; empty when Next is Done
	NotBefore time.Time // when Next is Retry
}

// Next is what becomes of a subjob after an attempt.
type Next string

// What may become of a subjob.
const (
	Done  Next = "done"  // succeeded
	Retry Next = "retry" // another attempt, on a different node where there is one
	Fail  Next = "fail"  // no further attempt
)

// NodeVerdict tells what becomes of the node.
type NodeVerdict struct {
	Record     fallow.Quarantine // to store
	Quarantine bool              // Record.Until was set now
	Reason     string            // in words, when Quarantine is set
}

// JobVerdict tells what becomes of the job.
type JobVerdict struct {
	FailedNodes   []fallow.NodeID // to store
	FailedSubjobs []int64         // to store
	Recent        []NodeEnd       // to store
	Hold          bool
	Reason        string // the evidence, in words, when Hold is set
}

// Judge decides a case. Equal cases get equal verdicts.
func Judge(c Case) Verdict {
	c.Outcome = counted(c.Outcome, c.Needs)
	v := Verdict{Outcome: c.Outcome, Subjob: judgeSubjob(c)}
	v.Job = judgeJob(c, v.Subjob.Next == Fail)
	v.Job.Recent = recentWith(c)
	v.Node = judgeNode(c, v.Job)
	return v
}
