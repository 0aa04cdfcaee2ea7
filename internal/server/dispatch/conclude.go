package dispatch

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"fallow"
	"fallow/internal/blame"
	"fallow/internal/store"
)

// conclusion carries out what follows from one outcome, inside a transaction.
type conclusion struct {
	tx      store.Tx
	now     time.Time
	active  *activeNodes
	effects *effects
}

// conclude stores an outcome and its consequences, unless it no longer counts.
func (c *conclusion) conclude(r Report) (counted bool, err error) {
	attempt, err := c.tx.Attempt(r.Attempt)
	if fallow.CodeOf(err) == fallow.CodeNotFound {
		return false, nil
	}
	if err != nil || attempt.Node != r.Node || !open(attempt, r.Outcome) {
		return false, err
	}
	subjob, err := c.tx.Subjob(r.Attempt.Subjob)
	if err != nil {
		return false, err
	}
	job, err := c.tx.Job(r.Attempt.Subjob.Job)
	if err != nil {
		return false, err
	}
	if settled(subjob.State) {
		return false, c.close(attempt, r.Outcome)
	}
	return c.judge(job, subjob, attempt, r.Outcome)
}

// open tells whether an outcome may still be stored: the attempt runs, or it was
// given up as lost and now its node came back with a result.
func open(a fallow.Attempt, o fallow.Outcome) bool {
	return a.Running() || a.Outcome.Kind == fallow.Lost && o.Kind == fallow.Succeeded
}

func settled(s store.SubjobState) bool {
	return s == store.SubjobSucceeded || s == store.SubjobFailed || s == store.SubjobCancelled
}

// close stores the outcome of an attempt whose subjob no longer needs it.
func (c *conclusion) close(a fallow.Attempt, o fallow.Outcome) error {
	if !a.Running() {
		return nil
	}
	o.Results = nil
	return c.tx.EndAttempt(a.ID, o, c.now)
}

// judge carries out the verdict on an outcome. A late one counts only as a success:
// the subjob has moved on meanwhile, and waits or runs elsewhere.
func (c *conclusion) judge(job store.Job, subjob store.Subjob, attempt fallow.Attempt, o fallow.Outcome) (counted bool, err error) {
	attempts, err := c.tx.Attempts(subjob.ID)
	if err != nil {
		return false, err
	}
	node, err := c.tx.Node(attempt.Node)
	if err != nil {
		return false, err
	}
	verdict, err := c.verdict(job, node, attempt, attempts, o)
	if err != nil || !attempt.Running() && verdict.Subjob.Next != blame.Done {
		return false, err
	}
	if err := c.tx.EndAttempt(attempt.ID, verdict.Outcome, c.now); err != nil {
		return false, err
	}
	if err := c.endOthers(attempts, attempt.ID, verdict); err != nil {
		return false, err
	}
	if err := c.settleSubjob(subjob, verdict); err != nil {
		return false, err
	}
	if err := c.settleNode(node, verdict.Node); err != nil {
		return false, err
	}
	return true, c.settleJob(job, verdict.Job)
}

func (c *conclusion) verdict(job store.Job, node fallow.Node, attempt fallow.Attempt, attempts []fallow.Attempt, o fallow.Outcome) (blame.Verdict, error) {
	active, err := c.active.count(c.tx, c.now)
	if err != nil {
		return blame.Verdict{}, err
	}
	var earlier []blame.Earlier
	for _, a := range attempts {
		if a.ID != attempt.ID && !a.Running() {
			earlier = append(earlier, blame.Earlier{Node: a.Node, Kind: a.Outcome.Kind})
		}
	}
	return blame.Judge(blame.Case{
		Now:     c.now,
		Attempt: attempt.ID,
		Node:    node.ID,
		Outcome: o,
		Needs:   job.Spec.Needs,
		Retries: job.Spec.Retries,
		Earlier: earlier,
		Record:  node.Quarantine,
		Job: blame.JobRecord{
			Total:         job.Counts.Total,
			Succeeded:     job.Counts.Succeeded,
			Failed:        job.Counts.Failed,
			FailedNodes:   job.FailedNodes,
			FailedSubjobs: job.FailedSubjobs,
			Recent:        recentEnds[blame.NodeEnd](job.Recent),
		},
		ActiveNodes: active,
	}), nil
}

// endOthers ends the attempts of a subjob that another one made needless: after a
// late result, one may run elsewhere.
func (c *conclusion) endOthers(attempts []fallow.Attempt, concluded fallow.AttemptID, v blame.Verdict) error {
	if v.Subjob.Next == blame.Retry {
		return nil
	}
	for _, a := range attempts {
		if a.ID == concluded || !a.Running() {
			continue
		}
		o := fallow.Outcome{Kind: fallow.Cancelled, Reason: fmt.Sprintf("attempt %s finished first", concluded)}
		if err := c.tx.EndAttempt(a.ID, o, c.now); err != nil {
			return err
		}
		c.effects.stop = append(c.effects.stop, store.Lease{Attempt: a.ID, Node: a.Node})
	}
	return nil
}

func (c *conclusion) settleSubjob(s store.Subjob, v blame.Verdict) error {
	s.Reason = v.Subjob.Reason
	switch v.Subjob.Next {
	case blame.Done:
		s.State, s.Results = store.SubjobSucceeded, v.Outcome.Results
	case blame.Retry:
		s.State, s.NotBefore = store.SubjobWaiting, v.Subjob.NotBefore
		c.effects.offered = true
	case blame.Fail:
		s.State = store.SubjobFailed
	}
	return c.tx.SetSubjob(s, c.now)
}

func (c *conclusion) settleNode(node fallow.Node, v blame.NodeVerdict) error {
	quarantined := node.State == fallow.NodeQuarantined
	switch {
	case v.Quarantine && (quarantined || node.State == fallow.NodeActive):
		if err := c.tx.SetNodeState(node.ID, fallow.NodeQuarantined, v.Reason); err != nil {
			return err
		}
	case quarantined && len(v.Record.Quick) == 0 && !v.Record.Until.After(c.now):
		if err := c.tx.SetNodeState(node.ID, fallow.NodeActive, ""); err != nil {
			return err
		}
	}
	if sameRecord(node.Quarantine, v.Record) {
		return nil
	}
	return c.tx.SetQuarantine(node.ID, v.Record)
}

func sameRecord(a, b fallow.Quarantine) bool {
	return slices.Equal(a.Quick, b.Quick) && a.Until.Equal(b.Until) && a.Backoff == b.Backoff
}

// settleJob holds the job if its own subjobs are to blame, and passes it on when
// the last of them has ended: then there is nothing left to hold.
func (c *conclusion) settleJob(before store.Job, v blame.JobVerdict) error {
	if err := c.keepEvidence(before, v); err != nil {
		return err
	}
	if before.State != fallow.JobRunning && before.State != fallow.JobHeld {
		return nil
	}
	job, err := c.tx.Job(before.ID)
	if err != nil {
		return err
	}
	if job.Counts.Finished() {
		c.effects.finished = true
		return c.tx.SetJobState(job.ID, fallow.JobCollecting, cmp.Or(v.Reason, job.Reason), c.now)
	}
	if v.Hold && job.State == fallow.JobRunning {
		return c.tx.SetJobState(job.ID, fallow.JobHeld, v.Reason, c.now)
	}
	return nil
}

func (c *conclusion) keepEvidence(before store.Job, v blame.JobVerdict) error {
	if !slices.Equal(before.FailedNodes, v.FailedNodes) {
		if err := c.tx.SetFailedNodes(before.ID, v.FailedNodes); err != nil {
			return err
		}
	}
	if !slices.Equal(before.FailedSubjobs, v.FailedSubjobs) {
		if err := c.tx.SetFailedSubjobs(before.ID, v.FailedSubjobs); err != nil {
			return err
		}
	}
	recent := recentEnds[store.NodeEnd](v.Recent)
	if slices.Equal(before.Recent, recent) {
		return nil
	}
	return c.tx.SetRecent(before.ID, recent)
}

// recentEnds says the same in the words of another package.
func recentEnds[To, From store.NodeEnd | blame.NodeEnd](ends []From) []To {
	var same []To
	for _, e := range ends {
		same = append(same, To(e))
	}
	return same
}
