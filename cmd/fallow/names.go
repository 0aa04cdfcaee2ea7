package main

import (
	"strings"

	"fallow"
)

// thing is a job or one of its subjobs, as a command line names it.
type thing struct {
	subjob   fallow.SubjobID
	isSubjob bool
}

// UnmarshalText reads "12" or "12.7".
func (t *thing) UnmarshalText(text []byte) error {
	s := string(text)
	var err error
	if strings.Contains(s, ".") {
		t.isSubjob = true
		t.subjob, err = fallow.ParseSubjobID(s)
	} else {
		t.subjob.Job, err = fallow.ParseJobID(s)
	}
	return err
}

// attemptName is a subjob or one of its attempts, as a command line names it.
type attemptName struct {
	subjob fallow.SubjobID
	number int // 0: the latest
}

// UnmarshalText reads "12.7" or "12.7.1".
func (a *attemptName) UnmarshalText(text []byte) error {
	s := string(text)
	var err error
	if strings.Count(s, ".") < 2 {
		a.subjob, err = fallow.ParseSubjobID(s)
		return err
	}
	id, err := fallow.ParseAttemptID(s)
	a.subjob, a.number = id.Subjob, id.Number
	return err
}

// jobName is a job, as a command line names it.
type jobName struct{ id fallow.JobID }

// UnmarshalText reads "12".
func (j *jobName) UnmarshalText(text []byte) error {
	id, err := fallow.ParseJobID(string(text))
	j.id = id
	return err
}
