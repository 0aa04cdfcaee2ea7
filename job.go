package fallow

import "time"

// Job is one logical piece of work and where it stands.
type Job struct {
	ID        JobID
	Owner     string // the user who submitted it
	Spec      JobSpec
	State     JobState
	Reason    string // in words: why it is held, failed or cancelled
	Counts    Counts
	Submitted time.Time
	Finished  time.Time // zero until State is final
	Results   []FileRef // the collected result, once State is JobSucceeded
}

// Counts tells how many of a job's subjobs are in each state. They add up to
// Total.
type Counts struct {
	Total     int64
	Waiting   int64 // not yet leased, or not yet taken out of the split
	Running   int64
	Succeeded int64
	Failed    int64
	Cancelled int64
}

// Finished tells whether no subjob is waiting or running.
func (c Counts) Finished() bool { return c.Waiting == 0 && c.Running == 0 }

// JobState is where a job stands.
type JobState string

// The states of a job. A job is final in the last three.
const (
	JobRunning    JobState = "running"    // subjobs wait for nodes or run
	JobHeld       JobState = "held"       // stopped by the grid or a person; can be released
	JobCollecting JobState = "collecting" // all subjobs ended; the result is being put together
	JobSucceeded  JobState = "succeeded"
	JobFailed     JobState = "failed"
	JobCancelled  JobState = "cancelled"
)

// Final tells whether the job will never change again.
func (s JobState) Final() bool {
	return s == JobSucceeded || s == JobFailed || s == JobCancelled
}

// JobSpec is what a job's owner asked for, checked and with all files named by
// digest. Package jobs makes one from a job file.
type JobSpec struct {
	Name     string      `json:"name"`
	Command  []string    `json:"command"` // words with placeholders {in} {out} {slice} {index} {PARAMETER}
	Env      []string    `json:"env,omitempty"`
	Bundle   Digest      `json:"bundle"` // of the manifest
	Inputs   []InputFile `json:"inputs,omitempty"`
	Split    Split       `json:"split"`
	Collect  Collect     `json:"collect"`
	Needs    Needs       `json:"needs"`
	Priority int         `json:"priority,omitempty"` // -100 to 100, higher goes first
	Retries  int         `json:"retries"`            // further attempts after one that failed by itself
}

// InputFile is a file that every subjob of a job finds under {in}.
type InputFile struct {
	Name string `json:"name"` // slash-separated, relative, local (fs.ValidPath)
	FileRef
}

// FileRef names a file by content.
type FileRef struct {
	Path   string `json:"path,omitempty"` // slash-separated name where it has one
	Digest Digest `json:"digest"`
	Size   int64  `json:"size"` // bytes
}

// Needs says what a subjob needs of a node and what it may use there. Zero values
// mean no requirement, or the default limit.
type Needs struct {
	Memory  Size              `json:"memory,omitempty"`   // at most used, at least there
	Disk    Size              `json:"disk,omitempty"`     // work folder and results together
	Cores   int               `json:"cores,omitempty"`    // 1 without a need
	Speed   float64           `json:"speed,omitempty"`    // least [Inventory.CPUSpeed]
	Procs   int               `json:"procs,omitempty"`    // processes and threads at once
	MinTime time.Duration     `json:"min_time,omitempty"` // ending sooner is the outcome too-short
	MaxTime time.Duration     `json:"max_time,omitempty"` // running longer is the outcome too-long
	Labels  map[string]string `json:"labels,omitempty"`   // each must equal the node's
	Node    string            `json:"node,omitempty"`     // expression over the node, see docs/job-file.md
	Sandbox Profile           `json:"sandbox,omitempty"`  // the bundle's own without one
	Output  Size              `json:"output,omitempty"`   // results of one subjob together
}
