package rpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"fallow"
	"fallow/internal/rpc/fallowv1"
)

// ToSpec writes what a job's owner asked for, as JSON.
func ToSpec(spec fallow.JobSpec) ([]byte, error) {
	raw, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("write the specification of job %q: %w", spec.Name, err)
	}
	return raw, nil
}

// FromSpec reads what a submitter sent. A field that this server does not know is
// refused: leaving it out would run another job than the one asked for.
func FromSpec(raw []byte) (fallow.JobSpec, error) {
	var spec fallow.JobSpec
	if len(raw) > int(fallow.MaxMessage) {
		return spec, fallow.Errorf(fallow.CodeLimit, "a job specification of %d bytes, at most %s are allowed",
			len(raw), fallow.MaxMessage)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&spec); err != nil {
		return spec, fallow.Errorf(fallow.CodeInvalid, "job specification: %w", err).
			WithHint("use a 'fallow' program of the server's version")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return spec, invalid("something follows the job specification")
	}
	return spec, nil
}

// ToJob writes a job completely.
func ToJob(j fallow.Job) (*fallowv1.Job, error) {
	spec, err := ToSpec(j.Spec)
	if err != nil {
		return nil, err
	}
	out := ToJobLine(j)
	out.Spec = spec
	out.Results = ToFileRefs(j.Results)
	return out, nil
}

// ToJobLine writes a job for a list: of the specification name and priority only,
// and no results.
func ToJobLine(j fallow.Job) *fallowv1.Job {
	return &fallowv1.Job{
		Id: int64(j.ID), Owner: j.Owner, Name: j.Spec.Name, State: string(j.State), Reason: toText(j.Reason),
		Counts: ToCounts(j.Counts), Submitted: ToTime(j.Submitted), Finished: ToTime(j.Finished),
		Priority: toInt32(j.Spec.Priority),
	}
}

// FromJob reads a job from a server, complete or of a list. Fields of the
// specification that only a newer server knows are left out.
func FromJob(j *fallowv1.Job) (fallow.Job, error) {
	id, err := FromJobID(j.GetId())
	if err != nil {
		return fallow.Job{}, err
	}
	out := fallow.Job{
		ID: id, Owner: j.GetOwner(), State: fallow.JobState(j.GetState()), Reason: j.GetReason(),
		Submitted: FromTime(j.GetSubmitted()), Finished: FromTime(j.GetFinished()),
		Spec: fallow.JobSpec{Name: j.GetName(), Priority: int(j.GetPriority())},
	}
	if len(j.GetSpec()) > 0 {
		if err := json.Unmarshal(j.GetSpec(), &out.Spec); err != nil {
			return fallow.Job{}, invalid("specification of job %s: %w", id, err)
		}
	}
	if out.Counts, err = FromCounts(j.GetCounts()); err != nil {
		return fallow.Job{}, err
	}
	out.Results, err = FromFileRefs(j.GetResults())
	return out, err
}

// ToCounts writes how many subjobs are in which state.
func ToCounts(c fallow.Counts) *fallowv1.Counts {
	return &fallowv1.Counts{
		Total: c.Total, Waiting: c.Waiting, Running: c.Running,
		Succeeded: c.Succeeded, Failed: c.Failed, Cancelled: c.Cancelled,
	}
}

// FromCounts checks that no count is negative.
func FromCounts(c *fallowv1.Counts) (fallow.Counts, error) {
	counts := fallow.Counts{
		Total: c.GetTotal(), Waiting: c.GetWaiting(), Running: c.GetRunning(),
		Succeeded: c.GetSucceeded(), Failed: c.GetFailed(), Cancelled: c.GetCancelled(),
	}
	if min(counts.Total, counts.Waiting, counts.Running, counts.Succeeded, counts.Failed, counts.Cancelled) < 0 {
		return fallow.Counts{}, invalid("a count of subjobs below zero")
	}
	return counts, nil
}
