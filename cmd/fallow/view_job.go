package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"fallow"
)

// jobView is how a job looks with --json.
type jobView struct {
	Job       int64            `json:"job"`
	Name      string           `json:"name"`
	Owner     string           `json:"owner"`
	State     fallow.JobState  `json:"state"`
	Reason    string           `json:"reason,omitempty"`
	Priority  int              `json:"priority"`
	Subjobs   countsView       `json:"subjobs"`
	Submitted *time.Time       `json:"submitted,omitempty"`
	Finished  *time.Time       `json:"finished,omitempty"`
	Results   []fallow.FileRef `json:"results,omitempty"`
	Command   []string         `json:"command,omitempty"`
}

// countsView is how many subjobs are in each state.
type countsView struct {
	Total     int64 `json:"total"`
	Waiting   int64 `json:"waiting"`
	Running   int64 `json:"running"`
	Succeeded int64 `json:"succeeded"`
	Failed    int64 `json:"failed"`
	Cancelled int64 `json:"cancelled"`
}

func viewJob(j fallow.Job) jobView {
	return jobView{
		Job: int64(j.ID), Name: j.Spec.Name, Owner: j.Owner, State: j.State, Reason: j.Reason,
		Priority: j.Spec.Priority, Subjobs: countsView(j.Counts),
		Submitted: stamp(j.Submitted), Finished: stamp(j.Finished),
		Results: j.Results, Command: j.Spec.Command,
	}
}

// jobHeading and jobRow are a job in a table.
var jobHeading = []string{"JOB", "STATE", "DONE", "FAILED", "RUNNING", "OWNER", "SUBMITTED", "NAME"}

func jobRow(j fallow.Job) []string {
	return []string{
		j.ID.String(), string(j.State),
		fmt.Sprintf("%d/%d", j.Counts.Succeeded, j.Counts.Total),
		strconv.FormatInt(j.Counts.Failed, 10), strconv.FormatInt(j.Counts.Running, 10),
		j.Owner, when(j.Submitted), j.Spec.Name,
	}
}

// writeJob describes a job.
func writeJob(w io.Writer, j fallow.Job) {
	writeFields(w,
		field{"Job", j.ID.String()},
		field{"Name", j.Spec.Name},
		field{"Owner", j.Owner},
		field{"State", string(j.State)},
		field{"Reason", j.Reason},
		field{"Subjobs", progressText(j.Counts)},
		field{"Priority", strconv.Itoa(j.Spec.Priority)},
		field{"Submitted", when(j.Submitted)},
		field{"Finished", when(j.Finished)},
	)
	for _, f := range j.Results {
		fmt.Fprintf(w, "Result: %s (%s)\n", oneLine(f.Path), fallow.Size(f.Size))
	}
	if next := nextStep(j); next != "" {
		fmt.Fprintf(w, "\n%s\n", next)
	}
}

// progressText says how far a job is: "340 of 1000 done (34%), 12 running".
func progressText(c fallow.Counts) string {
	text := fmt.Sprintf("%d of %d done", c.Succeeded, c.Total)
	if c.Total > 0 {
		text += fmt.Sprintf(" (%d%%)", c.Succeeded*100/c.Total)
	}
	for _, part := range []struct {
		n    int64
		name string
	}{{c.Running, "running"}, {c.Waiting, "waiting"}, {c.Failed, "failed"}, {c.Cancelled, "cancelled"}} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.name)
		}
	}
	return text
}

// nextStep says what the job's owner can do now.
func nextStep(j fallow.Job) string {
	switch {
	case j.State == fallow.JobSucceeded:
		return fmt.Sprintf("Fetch the results with 'fallow results %s'.", j.ID)
	case j.State == fallow.JobHeld:
		return fmt.Sprintf("'fallow explain %s' shows the evidence; 'fallow release %s' lets it run again, 'fallow cancel %s' ends it.",
			j.ID, j.ID, j.ID)
	case j.State == fallow.JobFailed, j.Counts.Failed > 0:
		return fmt.Sprintf("'fallow explain %s' says what failed.", j.ID)
	}
	return ""
}
