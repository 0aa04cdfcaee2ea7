package storetest

import (
	"cmp"
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

// check compares all that can be read.
func (m *machine) check(t *rapid.T) {
	view(t, m.store, func(r store.Reader) error {
		for _, j := range m.jobs {
			if err := m.checkJob(t, r, j); err != nil {
				return err
			}
		}
		return m.checkLeases(t, r)
	})
	m.checkCandidates(t)
}

func (m *machine) checkJob(t *rapid.T, r store.Reader, want *modelJob) error {
	got, err := r.Job(want.id)
	if err != nil {
		return err
	}
	same(t, "counts", want.counts(), got.Counts)
	if got.Next != want.next || got.State != want.state {
		t.Errorf("job %s: next %d, %s; want %d, %s", want.id, got.Next, got.State, want.next, want.state)
	}
	listed, err := r.Subjobs(want.id, "", -1, 1000)
	if err != nil {
		return err
	}
	if len(listed) != len(want.subjobs) {
		t.Errorf("job %s has %d rows, want %d", want.id, len(listed), len(want.subjobs))
	}
	for _, s := range listed {
		if err := m.checkSubjob(t, r, s); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) checkSubjob(t *rapid.T, r store.Reader, got store.Subjob) error {
	want := m.subjob(got.ID)
	if want == nil || got.State != want.state || got.Attempts != len(want.attempts) {
		t.Errorf("subjob %s is %+v, want %+v", got.ID, got, want)
	}
	attempts, err := r.Attempts(got.ID)
	if err != nil {
		return err
	}
	var stored []modelAttempt
	for _, a := range attempts {
		stored = append(stored, modelAttempt{a.Node, a.Expires, a.Outcome.Kind})
	}
	if !slices.EqualFunc(stored, want.attempts, func(a, b modelAttempt) bool {
		return a.node == b.node && a.kind == b.kind && a.expires.Equal(b.expires)
	}) {
		t.Errorf("attempts of %s are %v, want %v", got.ID, stored, want.attempts)
	}
	return nil
}

func (m *machine) checkLeases(t *rapid.T, r store.Reader) error {
	for _, node := range modelNodes {
		got, err := r.RunningOn(node)
		if err != nil {
			return err
		}
		same(t, "running on "+string(node), m.attempts(func(a modelAttempt) bool { return running(a) && a.node == node }), got)
	}
	expired, err := r.Expired(m.now, 1000)
	want := m.attempts(func(a modelAttempt) bool { return running(a) && a.expires.Before(m.now) })
	var got []fallow.AttemptID
	for _, a := range expired {
		got = append(got, a.ID)
	}
	slices.SortFunc(got, func(a, b fallow.AttemptID) int {
		x, y := a.Subjob, b.Subjob
		return cmp.Or(cmp.Compare(x.Job, y.Job), cmp.Compare(x.Index, y.Index), cmp.Compare(a.Number, b.Number))
	})
	same(t, "expired", want, got)
	return err
}

// checkCandidates: the running jobs with something to lease now, in order.
func (m *machine) checkCandidates(t *rapid.T) {
	type offer struct {
		job     fallow.JobID
		waiting []store.Waiting
	}
	var want, got []offer
	for _, j := range m.jobsThat(func(j *modelJob) bool { return j.state == fallow.JobRunning }) {
		if waiting := m.ready(j); len(waiting) > 0 || j.next < j.total {
			want = append(want, offer{j.id, waiting})
		}
	}
	slices.SortStableFunc(want, func(a, b offer) int {
		return cmp.Compare(m.jobs[b.job-1].urgency, m.jobs[a.job-1].urgency)
	})
	found := get(t, m.store, func(r store.Reader) ([]store.Candidate, error) { return r.Candidates(m.now, 1000, 1000) })
	for _, c := range found {
		got = append(got, offer{c.Job.ID, c.Waiting})
	}
	if len(got) != len(want) {
		t.Fatalf("candidates %v, want %v", got, want)
	}
	for i := range want {
		if got[i].job != want[i].job {
			t.Errorf("candidate %d is job %s, want %s", i, got[i].job, want[i].job)
		}
		same(t, "waiting", want[i].waiting, got[i].waiting)
	}
}

func (m *machine) ready(j *modelJob) (all []store.Waiting) {
	for _, index := range slices.Sorted(maps.Keys(j.subjobs)) {
		s := j.subjobs[index]
		if s.state != store.SubjobWaiting || s.notBefore.After(m.now) {
			continue
		}
		w := store.Waiting{Index: index, Attempts: len(s.attempts), Since: s.since}
		for _, a := range s.attempts[max(0, len(s.attempts)-16):] {
			if !running(a) && a.kind != fallow.Cancelled && !slices.Contains(w.Avoid, a.node) {
				w.Avoid = append(w.Avoid, a.node)
			}
		}
		all = append(all, w)
	}
	return all
}
