package main

import (
	"fmt"
	"strconv"
	"time"

	"fallow"
	"fallow/internal/client"
)

// subjobView is how a subjob looks with --json; with 'status', with its attempts.
type subjobView struct {
	Subjob   string           `json:"subjob"`
	State    string           `json:"state"`
	Reason   string           `json:"reason,omitempty"`
	Attempts int              `json:"attempts"`
	Results  []fallow.FileRef `json:"results,omitempty"`
	History  []attemptView    `json:"history,omitempty"`
}

func viewSubjob(s client.Subjob) subjobView {
	return subjobView{Subjob: s.ID.String(), State: s.State, Reason: s.Reason, Attempts: s.Attempts, Results: s.Results}
}

// attemptView is how an attempt looks with --json.
type attemptView struct {
	Attempt  string       `json:"attempt"`
	Node     string       `json:"node"`
	NodeName string       `json:"node_name,omitempty"`
	Started  *time.Time   `json:"started,omitempty"`
	Ended    *time.Time   `json:"ended,omitempty"`
	Outcome  *outcomeView `json:"outcome,omitempty"` // none while it runs
}

// outcomeView is how an outcome looks with --json.
type outcomeView struct {
	Kind        fallow.OutcomeKind `json:"kind"`
	Reason      string             `json:"reason"`
	ExitCode    int                `json:"exit_code"`
	Signal      string             `json:"signal,omitempty"`
	Limit       string             `json:"limit,omitempty"`
	WallSeconds float64            `json:"wall_seconds"`
	CPUSeconds  float64            `json:"cpu_seconds"`
	MemoryBytes int64              `json:"memory_bytes"`
	DiskBytes   int64              `json:"disk_bytes"`
	Procs       int                `json:"procs"`
	Tail        string             `json:"tail,omitempty"`
	Results     []fallow.FileRef   `json:"results,omitempty"`
}

func viewAttempt(a client.Attempt) attemptView {
	view := attemptView{
		Attempt: a.ID.String(), Node: string(a.Node), NodeName: a.NodeName,
		Started: stamp(a.Started), Ended: stamp(a.Ended),
	}
	if !a.Running() {
		outcome := viewOutcome(a.Outcome)
		view.Outcome = &outcome
	}
	return view
}

func viewAttempts(attempts []client.Attempt) []attemptView {
	views := make([]attemptView, len(attempts))
	for i, a := range attempts {
		views[i] = viewAttempt(a)
	}
	return views
}

func viewOutcome(o fallow.Outcome) outcomeView {
	return outcomeView{
		Kind: o.Kind, Reason: o.Reason, ExitCode: o.ExitCode, Signal: o.Signal, Limit: o.Limit,
		WallSeconds: o.Wall.Seconds(), CPUSeconds: o.Usage.CPU.Seconds(),
		MemoryBytes: int64(o.Usage.Memory), DiskBytes: int64(o.Usage.Disk), Procs: o.Usage.Procs,
		Tail: o.Tail, Results: o.Results,
	}
}

// attemptHeading and attemptRow are an attempt in a table.
var attemptHeading = []string{"ATTEMPT", "NODE", "STARTED", "TOOK", "OUTCOME", "REASON"}

func attemptRow(a client.Attempt) []string {
	took, kind := howLong(a.Outcome.Wall), string(a.Outcome.Kind)
	if a.Running() {
		took, kind = "", "running"
	}
	return []string{a.ID.String(), nodeName(a), when(a.Started), took, kind, a.Outcome.Reason}
}

// nodeName gives what people call an attempt's node.
func nodeName(a client.Attempt) string {
	if a.NodeName != "" {
		return a.NodeName
	}
	return string(a.Node)
}

// outcomeFields describe how an attempt ended.
func outcomeFields(o fallow.Outcome) []field {
	exit := ""
	if o.Kind == fallow.Failed {
		exit = strconv.Itoa(o.ExitCode)
	}
	return []field{
		{"Outcome", string(o.Kind)},
		{"Reason", o.Reason},
		{"Exit code", exit},
		{"Signal", o.Signal},
		{"Limit", o.Limit},
		{"Took", fmt.Sprintf("%s, CPU %s, memory %s, disk %s", howLong(o.Wall), howLong(o.Usage.CPU), o.Usage.Memory, o.Usage.Disk)},
	}
}
