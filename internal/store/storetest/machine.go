package storetest

import (
	"context"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fallow"
	"fallow/internal/store"
)

// machine drives the store and the model by the same steps.
type machine struct {
	model
	open  Opener
	dir   string
	store store.Store
}

func testModel(t *testing.T, open Opener) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatalf("%v", err)
		}
		m := &machine{model: model{now: now}, open: open, dir: dir}
		m.reopen(rt)
		defer func() {
			if err := m.store.Close(); err != nil {
				rt.Errorf("close: %v", err)
			}
		}()
		rt.Repeat(map[string]func(*rapid.T){
			"create": m.create, "lease fresh": m.leaseFresh, "lease again": m.leaseAgain, "renew": m.renew,
			"end": m.end, "late": m.late, "state": m.setState, "cancel": m.cancel, "wait": m.wait,
			"reopen": m.reopenSometimes, "": m.check,
		})
	})
}

var modelNodes = []fallow.NodeID{"a", "b", "c"}

func (m *machine) reopen(t *rapid.T) {
	if m.store != nil {
		if err := m.store.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	var err error
	if m.store, err = m.open(context.Background(), m.dir); err != nil {
		t.Fatalf("open: %v", err)
	}
}

// reopenSometimes keeps the dearest step rare.
func (m *machine) reopenSometimes(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "reopen") > 0 {
		t.SkipNow()
	}
	m.reopen(t)
}

func (m *machine) wait(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
}

func (m *machine) create(t *rapid.T) {
	j := &modelJob{state: fallow.JobRunning, subjobs: map[int64]*modelSubjob{},
		total: rapid.Int64Range(0, 12).Draw(t, "total"), urgency: rapid.IntRange(-1, 1).Draw(t, "priority")}
	update(t, m.store, func(tx store.Tx) (err error) {
		j.id, err = tx.CreateJob("ada", "", fallow.JobSpec{Priority: j.urgency}, j.total, m.now)
		return err
	})
	m.jobs = append(m.jobs, j)
	if int(j.id) != len(m.jobs) {
		t.Fatalf("job %s is the %d. one", j.id, len(m.jobs))
	}
}

// pick draws one of items, or skips the step if there is none.
func pick[T any](t *rapid.T, what string, items []T) T {
	if len(items) == 0 {
		t.SkipNow()
	}
	return items[rapid.IntRange(0, len(items)-1).Draw(t, what)]
}

func (m *machine) jobsThat(ok func(*modelJob) bool) []*modelJob {
	return slices.DeleteFunc(slices.Clone(m.jobs), func(j *modelJob) bool { return !ok(j) })
}

func (m *machine) leaseFresh(t *rapid.T) {
	j := pick(t, "job", m.jobsThat(func(j *modelJob) bool { return j.state == fallow.JobRunning && j.next < j.total }))
	var leases []store.Lease
	for range rapid.Int64Range(1, j.total-j.next).Draw(t, "subjobs") {
		l := m.newLease(t, attempt(j.id, j.next, 1))
		j.subjobs[j.next] = &modelSubjob{state: store.SubjobRunning, attempts: []modelAttempt{{node: l.Node, expires: l.Expires}}}
		j.next++
		leases = append(leases, l)
	}
	update(t, m.store, func(tx store.Tx) error { return tx.Lease(leases) })
}

func (m *machine) newLease(t *rapid.T, id fallow.AttemptID) store.Lease {
	return store.Lease{Attempt: id, Node: rapid.SampledFrom(modelNodes).Draw(t, "node"), Started: m.now, Expires: m.now.Add(fallow.LeaseTime)}
}

func (m *machine) leaseAgain(t *rapid.T) {
	var waiting []fallow.SubjobID
	for _, j := range m.jobsThat(func(j *modelJob) bool { return j.state == fallow.JobRunning }) {
		for _, index := range slices.Sorted(maps.Keys(j.subjobs)) {
			if j.subjobs[index].state == store.SubjobWaiting {
				waiting = append(waiting, fallow.SubjobID{Job: j.id, Index: index})
			}
		}
	}
	id := pick(t, "subjob", waiting)
	s := m.subjob(id)
	l := m.newLease(t, attempt(id.Job, id.Index, len(s.attempts)+1))
	s.state, s.attempts = store.SubjobRunning, append(s.attempts, modelAttempt{node: l.Node, expires: l.Expires})
	update(t, m.store, func(tx store.Tx) error { return tx.Lease([]store.Lease{l}) })
}

func (m *machine) renew(t *rapid.T) {
	id := pick(t, "attempt", m.attempts(func(modelAttempt) bool { return true }))
	node := rapid.SampledFrom(modelNodes).Draw(t, "node")
	until := m.now.Add(fallow.LeaseTime)
	a := m.attempt(id)
	valid := running(*a) && a.node == node
	if valid {
		a.expires = until
	}
	var gone []fallow.AttemptID
	update(t, m.store, func(tx store.Tx) (err error) {
		gone, err = tx.Renew(node, []fallow.AttemptID{id}, until)
		return err
	})
	if (len(gone) == 0) != valid {
		t.Errorf("renewing %s by %s: gone %v", id, node, gone)
	}
}

// end ends a running attempt and moves its subjob, as the verdict on it may say.
func (m *machine) end(t *rapid.T) {
	id := pick(t, "attempt", m.attempts(running))
	kind := rapid.SampledFrom(fallow.OutcomeKinds).Draw(t, "kind")
	m.settle(t, id, kind, rapid.SampledFrom([]store.SubjobState{store.SubjobWaiting, store.SubjobSucceeded, store.SubjobFailed}).Draw(t, "next"))
}

// late replaces the outcome of an attempt that was given up.
func (m *machine) late(t *rapid.T) {
	id := pick(t, "attempt", m.attempts(func(a modelAttempt) bool { return a.kind == fallow.Lost }))
	m.settle(t, id, fallow.Succeeded, store.SubjobSucceeded)
}

func (m *machine) settle(t *rapid.T, id fallow.AttemptID, kind fallow.OutcomeKind, next store.SubjobState) {
	s := m.subjob(id.Subjob)
	m.attempt(id).kind = kind
	settled := s.state != store.SubjobWaiting && s.state != store.SubjobRunning
	to := store.Subjob{ID: id.Subjob, State: next, NotBefore: m.now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "after")) * time.Second)}
	if !settled {
		s.state, s.notBefore, s.since = next, to.NotBefore, m.now
	}
	update(t, m.store, func(tx store.Tx) error {
		if err := tx.EndAttempt(id, fallow.Outcome{Kind: kind}, m.now); err != nil || settled {
			return err
		}
		return tx.SetSubjob(to, m.now)
	})
}

func (m *machine) setState(t *rapid.T) {
	j := pick(t, "job", m.jobsThat(func(j *modelJob) bool { return !j.state.Final() }))
	j.state = rapid.SampledFrom([]fallow.JobState{fallow.JobRunning, fallow.JobRunning, fallow.JobHeld, fallow.JobCollecting, fallow.JobFailed}).Draw(t, "state")
	update(t, m.store, func(tx store.Tx) error { return tx.SetJobState(j.id, j.state, "", m.now) })
}

func (m *machine) cancel(t *rapid.T) {
	j := pick(t, "job", m.jobs)
	for _, s := range j.subjobs {
		if s.state == store.SubjobWaiting {
			s.state = store.SubjobCancelled
		}
	}
	j.skipped += j.total - j.next
	j.next = j.total
	update(t, m.store, func(tx store.Tx) error { return tx.CancelSubjobs(j.id, m.now) })
}
