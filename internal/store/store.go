package store

import (
	"context"
	"time"

	"fallow"
)

// Store is a database of one grid.
type Store interface {
	// View runs fn on one consistent state. fn may be run again if the database
	// asks for it, so it must have no effects outside.
	View(ctx context.Context, fn func(Reader) error) error
	// Update runs fn in a transaction that is durable when Update returns nil and
	// undone when fn or the commit fails. Updates are serialisable. fn may be run
	// again, so it must have no effects outside.
	Update(ctx context.Context, fn func(Tx) error) error
	// Close waits for transactions that run and refuses new ones. Closing again
	// changes nothing.
	Close() error
}

// Reader reads one consistent state. Every method that finds nothing gives an
// error of code not-found that names the thing; lists are just empty.
type Reader interface {
	UserReader
	JobReader
	SubjobReader
	NodeReader
}

// Tx reads and writes.
type Tx interface {
	Reader
	UserWriter
	JobWriter
	SubjobWriter
	NodeWriter
	// Audit records who did what to which thing.
	Audit(AuditEntry) error
}

// Role is what a user may do. Each role may do what the ones before it may.
type Role string

// The roles.
const (
	Submitter     Role = "submitter"     // own jobs
	Operator      Role = "operator"      // everyone's jobs, nodes
	Administrator Role = "administrator" // users and policy, too
)

// User is somebody with a token.
type User struct {
	Name      string
	Role      Role
	TokenHash [32]byte // of the token's secret; the secret itself is not kept
	Created   time.Time
}

// AuditEntry is one line of the audit log.
type AuditEntry struct {
	Time   time.Time
	Who    string // user name or node
	What   string // "submit", "cancel", "ban"
	Thing  string // "job 12", "node abc"
	Detail string
}

// UserReader finds users.
type UserReader interface {
	Users() ([]User, error)
	UserByToken(hash [32]byte) (User, error)
	AuditLog(limit int) ([]AuditEntry, error) // latest first
}

// UserWriter changes users.
type UserWriter interface {
	// PutUser adds a user or changes role and token of the one of that name. A
	// token of another user is an error of code conflict.
	PutUser(User) error
}

// Job is a job as stored: the domain's job, and how far it has been leased.
type Job struct {
	fallow.Job
	// Next is the index of the first subjob that was never leased and still can
	// be; after CancelSubjobs it is Counts.Total. Counts.Waiting always is the
	// subjobs from Next on and the ones that were leased before and wait again.
	Next int64
	// FailedNodes are the different nodes on which subjobs of this job failed
	// while none had succeeded yet, and FailedSubjobs the indexes of different
	// subjobs that did; evidence for holding the job.
	FailedNodes   []fallow.NodeID
	FailedSubjobs []int64
	// Recent is how the job ended lately on a few different nodes; evidence for or
	// against a node on which its subjobs fail.
	Recent []NodeEnd
}

// NodeEnd is how a job's latest attempt on a node ended: so quickly that either may
// be to blame, or not.
type NodeEnd struct {
	Node  fallow.NodeID `json:"node"`
	Quick bool          `json:"quick,omitempty"`
}

// JobFilter chooses jobs for a list.
type JobFilter struct {
	Owner      string       // "" for everyone's
	Unfinished bool         // leave out final states
	Before     fallow.JobID // only smaller numbers; 0 for no bound
	Limit      int
}

// JobReader finds jobs.
type JobReader interface {
	Job(fallow.JobID) (Job, error)
	// Jobs lists jobs, latest first. Results are left empty, and so is Spec but for
	// Name and Priority.
	Jobs(JobFilter) ([]fallow.Job, error)
	// JobsInState lists at most limit jobs in a state that is not final, oldest
	// first, complete.
	JobsInState(state fallow.JobState, limit int) ([]Job, error)
	// JobWithKey finds the job submitted under a key by an owner.
	JobWithKey(owner, key string) (fallow.JobID, error)
	// Candidates lists running jobs that have subjobs to lease now, highest
	// priority first, then oldest: at most jobs of them, with at most subjobs
	// waiting subjobs each. It costs the same however long the queues are. The
	// specs are shared between calls: they must not be changed.
	Candidates(now time.Time, jobs, subjobs int) ([]Candidate, error)
	// CandidatesAfter goes on after a job that Candidates gave last. Without it, jobs
	// that no node can run would keep all jobs behind them from being looked at.
	CandidatesAfter(last fallow.JobID, now time.Time, jobs, subjobs int) ([]Candidate, error)
	// Bundle finds a registered bundle's signature by the manifest's digest.
	Bundle(fallow.Digest) (Bundle, error)
	// BundleNamed finds the latest registered bundle with a name and, unless it is
	// "", a version: the user's own before those of operators and administrators.
	// What other users registered under the name is not found.
	BundleNamed(user, name, version string) (Bundle, error)
}

// Bundle is a registered, signed bundle. Its manifest lies in the file store.
type Bundle struct {
	Digest    fallow.Digest
	Name      string
	Version   string
	Signature []byte
	Owner     string
	Created   time.Time
}

// Candidate is a job that has subjobs to lease.
type Candidate struct {
	Job     Job
	Waiting []Waiting // the ones that could be leased again for longest, lowest index first
}

// Waiting is a subjob that was leased before and may be leased again now.
type Waiting struct {
	Index    int64
	Attempts int             // so far
	Avoid    []fallow.NodeID // different nodes on which its latest attempts did not succeed, but for cancelled ones
	Since    time.Time       // when it began to wait
}

// JobWriter changes jobs.
type JobWriter interface {
	// CreateJob stores a new running job with Counts.Waiting = Counts.Total and
	// gives its number. The key makes a repeated submit find the first: an owner's
	// key that exists is an error of code conflict.
	CreateJob(owner, key string, spec fallow.JobSpec, total int64, now time.Time) (fallow.JobID, error)
	// SetJobState changes state and reason; a final state sets Finished and can
	// never be left again, which is an error of code conflict.
	SetJobState(id fallow.JobID, state fallow.JobState, reason string, now time.Time) error
	// SetJobResults stores the collected result.
	SetJobResults(id fallow.JobID, results []fallow.FileRef) error
	// SetFailedNodes replaces Job.FailedNodes, SetFailedSubjobs Job.FailedSubjobs,
	// and SetRecent Job.Recent.
	SetFailedNodes(id fallow.JobID, nodes []fallow.NodeID) error
	SetFailedSubjobs(id fallow.JobID, indexes []int64) error
	SetRecent(id fallow.JobID, ends []NodeEnd) error
	// CancelSubjobs ends every subjob of a job that waits, leased before or not,
	// and moves the counts. It does not loop over subjobs that were never leased:
	// they never get a row. Running attempts are left to the caller.
	CancelSubjobs(id fallow.JobID, now time.Time) error
	// PutBundle registers a bundle, or registers it anew, which makes it the latest
	// of its name.
	PutBundle(Bundle) error
}

// SubjobState is where a subjob stands.
type SubjobState string

// The states of a subjob.
const (
	SubjobWaiting   SubjobState = "waiting"
	SubjobRunning   SubjobState = "running"
	SubjobSucceeded SubjobState = "succeeded"
	SubjobFailed    SubjobState = "failed"
	SubjobCancelled SubjobState = "cancelled"
)

// Subjob is a subjob that was leased at least once.
type Subjob struct {
	ID        fallow.SubjobID
	State     SubjobState
	Attempts  int
	Reason    string           // why it failed or waits again
	Results   []fallow.FileRef // once it succeeded
	NotBefore time.Time        // earliest next lease, while it waits
}

// SubjobReader finds subjobs and attempts.
type SubjobReader interface {
	Subjob(fallow.SubjobID) (Subjob, error)
	// Subjobs lists a job's subjobs with an index above after, in order of index;
	// state "" means all. Results are included.
	Subjobs(job fallow.JobID, state SubjobState, after int64, limit int) ([]Subjob, error)
	Attempt(fallow.AttemptID) (fallow.Attempt, error)
	// Attempts lists a subjob's attempts in order of number. Outcome.Tail is left
	// out: Attempt has it.
	Attempts(fallow.SubjobID) ([]fallow.Attempt, error)
	// RunningOn lists the attempts leased to a node.
	RunningOn(fallow.NodeID) ([]fallow.AttemptID, error)
	// RunningOf lists at most limit running attempts of a job.
	RunningOf(job fallow.JobID, limit int) ([]fallow.Attempt, error)
	// Expired lists at most limit running attempts whose lease ended before now.
	Expired(now time.Time, limit int) ([]fallow.Attempt, error)
}

// SubjobWriter changes subjobs and attempts, and keeps the job's counts in step.
type SubjobWriter interface {
	// Lease starts attempts, given in any order: each subjob must wait or never
	// have been leased; the attempt's number must be the subjob's next. Subjobs
	// never leased are given as a run from Job.Next on without gaps, per job.
	// Anything else, and a job that isn't running, is an error of code conflict.
	Lease(leases []Lease) error
	// Renew moves the end of leases that still run on that node and returns the
	// ones that don't (any more).
	Renew(node fallow.NodeID, attempts []fallow.AttemptID, until time.Time) (gone []fallow.AttemptID, err error)
	// EndAttempt stores the outcome of an attempt and frees the node. It may also
	// replace the outcome lost of an attempt whose node came back. An attempt that
	// ended otherwise is an error of code conflict. The subjob's state is left to
	// SetSubjob.
	EndAttempt(id fallow.AttemptID, outcome fallow.Outcome, now time.Time) error
	// SetSubjob moves a subjob to a state other than running with reason, results
	// (for succeeded) and NotBefore (for waiting), and moves the job's counts. What
	// succeeded, failed or was cancelled stays so: to set that state again changes
	// nothing, another one is an error of code conflict.
	SetSubjob(s Subjob, now time.Time) error
}

// Lease gives an attempt to a node.
type Lease struct {
	Attempt fallow.AttemptID
	Node    fallow.NodeID
	Started time.Time
	Expires time.Time
}

// JoinToken lets machines enrol.
type JoinToken struct {
	Hash    [32]byte
	Expires time.Time
	Uses    int // left
}

// NodeReader finds nodes.
type NodeReader interface {
	Node(fallow.NodeID) (fallow.Node, error)
	// Nodes lists nodes with an ID above after, in order of ID.
	Nodes(after fallow.NodeID, limit int) ([]fallow.Node, error)
	// ActiveNodes counts the nodes seen since a time that were active then, or whose
	// quarantine was over. It counts them one by one, so it is not for every round.
	ActiveNodes(since time.Time) (int, error)
}

// NodeWriter changes nodes.
type NodeWriter interface {
	PutJoinToken(JoinToken) error
	// UseJoinToken takes one use off a token; an unknown, expired or used-up token
	// is an error of code denied.
	UseJoinToken(hash [32]byte, now time.Time) error
	// PutNode adds a node or, if it is known, changes name and inventory and nothing
	// else.
	PutNode(fallow.Node) error
	// SeenNodes sets LastSeen, never to an earlier time. Unknown nodes are ignored.
	SeenNodes(ids []fallow.NodeID, now time.Time) error
	SetInventory(id fallow.NodeID, inv fallow.Inventory) error
	SetNodeState(id fallow.NodeID, state fallow.NodeState, reason string) error
	SetQuarantine(id fallow.NodeID, q fallow.Quarantine) error
	SetLabels(id fallow.NodeID, labels map[string]string) error
}
