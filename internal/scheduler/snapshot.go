package scheduler

import (
	"time"

	"fallow"
)

// Snapshot is what one round of scheduling looks at: the nodes that ask for work
// now, and the jobs that have some. Both are bounded by the caller, so that a round
// costs the same however large the grid and the queue are.
type Snapshot struct {
	Now         time.Time
	Asks        []Ask
	Jobs        []Job // highest priority first, then oldest
	ActiveNodes int   // nodes of the grid that could take work, to know whether a different one exists
}

// Ask is a node that asks for work.
type Ask struct {
	Node fallow.Node
	Free fallow.Resources
	Max  int // attempts at most
}

// Job is a job that has subjobs to lease.
type Job struct {
	ID      fallow.JobID
	Needs   fallow.Needs
	Arch    string   // of its bundle; "" if any will do
	Systems []string // read-only directories its bundle reads on the node
	Next    int64    // first index that was never leased
	Total   int64
	Waiting []Waiting // leased before, waiting again
}

// Waiting is a subjob that was leased before.
type Waiting struct {
	Index    int64
	Attempts int             // so far
	Avoid    []fallow.NodeID // where it did not succeed
	Since    time.Time       // when it began to wait
}

// Plan is what a round decided.
type Plan struct {
	Leases []Lease
}

// Lease gives an attempt to the node of Asks[Ask].
type Lease struct {
	Ask     int
	Attempt fallow.AttemptID
}
