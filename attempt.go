package fallow

import "time"

// Attempt is one run of one subjob on one node.
type Attempt struct {
	ID      AttemptID
	Node    NodeID
	Started time.Time // when it was leased
	Expires time.Time // end of the lease, unless a heartbeat renews it
	Ended   time.Time // zero while it runs
	Outcome Outcome   // Kind is empty while it runs
}

// Running tells whether no outcome is known yet.
func (a Attempt) Running() bool { return a.Outcome.Kind == "" }

// OutcomeKind is how an attempt ended. The set is closed.
type OutcomeKind string

// The outcomes of an attempt.
const (
	Succeeded  OutcomeKind = "succeeded"
	Failed     OutcomeKind = "failed"      // the program ended with an exit code other than 0
	Crashed    OutcomeKind = "crashed"     // a signal ended the program
	OverLimit  OutcomeKind = "over-limit"  // it used more of something than it may
	TooShort   OutcomeKind = "too-short"   // it ended before the job's minimum time
	TooLong    OutcomeKind = "too-long"    // it ran beyond the job's maximum time
	Evicted    OutcomeKind = "evicted"     // the desktop was needed
	Tampered   OutcomeKind = "tampered"    // a file was not what its digest or signature says
	Lost       OutcomeKind = "lost"        // the lease ran out: the node went away
	NotStarted OutcomeKind = "not-started" // staging or the sandbox failed: the node's fault
	Cancelled  OutcomeKind = "cancelled"   // its owner or an operator ended it
)

// OutcomeKinds lists every kind, for checks and tables.
var OutcomeKinds = []OutcomeKind{
	Succeeded, Failed, Crashed, OverLimit, TooShort, TooLong,
	Evicted, Tampered, Lost, NotStarted, Cancelled,
}

// Valid tells whether k is one of [OutcomeKinds].
func (k OutcomeKind) Valid() bool {
	for _, known := range OutcomeKinds {
		if k == known {
			return true
		}
	}
	return false
}

// Outcome is how an attempt ended, with all that is known about why.
type Outcome struct {
	Kind     OutcomeKind   `json:"kind"`
	Reason   string        `json:"reason"`              // in words, for the job's owner
	ExitCode int           `json:"exit_code,omitempty"` // when Kind is Failed
	Signal   string        `json:"signal,omitempty"`    // when Kind is Crashed: "SIGSEGV"
	Limit    string        `json:"limit,omitempty"`     // when Kind is OverLimit: its name, such as "memory"
	Usage    Usage         `json:"usage"`
	Tail     string        `json:"tail,omitempty"`    // the end of standard output and error, at most MaxLogTail
	Results  []FileRef     `json:"results,omitempty"` // files from {out}, and stdout if it is collected
	Wall     time.Duration `json:"wall"`              // from the program's start to its end
}

// Usage is what an attempt used on its node.
type Usage struct {
	CPU    time.Duration `json:"cpu"`    // user and system time of all its processes
	Memory Size          `json:"memory"` // peak, all its processes together where the kernel tells
	Disk   Size          `json:"disk"`   // peak, work folder and results
	Procs  int           `json:"procs"`  // peak of processes and threads, where the kernel tells
}
