package storetest

import (
	"maps"
	"slices"
	"time"

	"fallow"
	"fallow/internal/store"
)

// model is a store in its simplest form: what the real one must agree with after
// every step.
type model struct {
	now  time.Time
	jobs []*modelJob // by number, from 1
}

type modelJob struct {
	id      fallow.JobID
	state   fallow.JobState
	urgency int
	total   int64
	next    int64
	subjobs map[int64]*modelSubjob
	skipped int64 // cancelled before they were ever leased
}

type modelSubjob struct {
	state     store.SubjobState
	notBefore time.Time
	since     time.Time
	attempts  []modelAttempt
}

type modelAttempt struct {
	node    fallow.NodeID
	expires time.Time
	kind    fallow.OutcomeKind // empty while it runs
}

func (j *modelJob) counts() fallow.Counts {
	c := fallow.Counts{Total: j.total, Waiting: j.total - j.next, Cancelled: j.skipped}
	for _, s := range j.subjobs {
		switch s.state {
		case store.SubjobWaiting:
			c.Waiting++
		case store.SubjobRunning:
			c.Running++
		case store.SubjobSucceeded:
			c.Succeeded++
		case store.SubjobFailed:
			c.Failed++
		case store.SubjobCancelled:
			c.Cancelled++
		}
	}
	return c
}

// attempts lists the attempts for which keep is true, in order of their names.
func (m *model) attempts(keep func(modelAttempt) bool) (ids []fallow.AttemptID) {
	for _, j := range m.jobs {
		for _, index := range slices.Sorted(maps.Keys(j.subjobs)) {
			for n, a := range j.subjobs[index].attempts {
				if keep(a) {
					ids = append(ids, attempt(j.id, index, n+1))
				}
			}
		}
	}
	return ids
}

func (m *model) subjob(id fallow.SubjobID) *modelSubjob { return m.jobs[id.Job-1].subjobs[id.Index] }

func (m *model) attempt(id fallow.AttemptID) *modelAttempt {
	return &m.subjob(id.Subjob).attempts[id.Number-1]
}

func running(a modelAttempt) bool { return a.kind == "" }
