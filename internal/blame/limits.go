package blame

import "time"

// The limits of patience with subjobs.
const (
	// maxNodes is on how many different nodes a subjob fails, or goes over a limit,
	// before it is not tried again (paper, 4.2.3).
	maxNodes = 3
	// maxTooShort is how often a subjob may end before the job's minimum time.
	maxTooShort = 2
	// maxOverLimit is how often a subjob may go over its limits on however few
	// nodes: where there are not three that could take it, it must end, too.
	maxOverLimit = 6
	// maxNodeFaults is how often nodes may be to blame for a subjob, before it is
	// the subjob after all: a bundle, say, that no node can start.
	maxNodeFaults = 10
	// retryDelay is what a subjob waits after its first attempt; it doubles with
	// each further one up to maxRetryDelay. It is short, because another node may
	// take it at once, and grows, because there may be no other node.
	retryDelay    = time.Second
	maxRetryDelay = 2 * time.Minute
)

// The limits of patience with nodes.
const (
	// quickTime is how soon an attempt ends, at most, that says more about the node
	// than about the subjob; a job's minimum time if that is longer.
	quickTime = 10 * time.Second
	// maxQuick is how many different subjobs in a row may end quickly on a node
	// (paper, 4.2.3, client black hole).
	maxQuick = 3
	// maxRecent is on how many different nodes a job's latest ends are kept, to know
	// whether it is the node or the job.
	maxRecent = 8
	// firstBackoff is how long a node is quarantined at first. It doubles with each
	// further quarantine that has a second witness up to maxBackoff, and halves with
	// each success.
	firstBackoff = 10 * time.Second
	maxBackoff   = time.Hour
)

// The limits of patience with jobs of which no subjob has succeeded.
const (
	// maxFailing is how many different subjobs fail, on maxNodes different nodes,
	// before the job is held.
	maxFailing = 3
	// maxFirstFailed is how many subjobs fail for good before the job is held, on
	// however few nodes.
	maxFirstFailed = 10
)
