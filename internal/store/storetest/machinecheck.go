package storetest

import (
	"cmp"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"fallow"
	"fallow/internal/store"
)

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
