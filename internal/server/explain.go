package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/scheduler"
	"fallow/internal/store"
)

// maxExplained is how many nodes an explanation looks at.
const maxExplained = 10_000

// Explain implements the service.
func (s jobService) Explain(ctx context.Context, r *connect.Request[fallowv1.ExplainRequest]) (*connect.Response[fallowv1.ExplainResponse], error) {
	response := &fallowv1.ExplainResponse{}
	err := s.store.View(ctx, func(v store.Reader) error {
		job, err := s.job(ctx, v, r.Msg.Job)
		if err != nil {
			return err
		}
		x := &explainer{Server: s.Server, ctx: ctx, reader: v, job: job, now: s.config.Now()}
		if r.Msg.Index < 0 {
			err = x.explainJob()
		} else {
			err = x.explainSubjob(fallow.SubjobID{Job: job.ID, Index: r.Msg.Index})
		}
		response.Summary, response.Details = x.summary, x.details
		return err
	})
	return connect.NewResponse(response), err
}

// explainer says why something is where it is.
type explainer struct {
	*Server
	ctx     context.Context
	reader  store.Reader
	job     store.Job
	now     time.Time
	summary string
	details []string
}

func (x *explainer) say(format string, args ...any) {
	x.details = append(x.details, fmt.Sprintf(format, args...))
}

func (x *explainer) explainJob() error {
	c := x.job.Counts
	x.summary = fmt.Sprintf("job %s is %s: %d of %d subjobs succeeded, %d run, %d wait, %d failed, %d were cancelled",
		x.job.ID, x.job.State, c.Succeeded, c.Total, c.Running, c.Waiting, c.Failed, c.Cancelled)
	if x.job.Reason != "" {
		x.say("reason: %s", x.job.Reason)
	}
	if err := x.explainFailures(); err != nil {
		return err
	}
	switch {
	case x.job.State == fallow.JobHeld:
		x.say("'fallow release %s' lets it run again; 'fallow cancel %s' ends it", x.job.ID, x.job.ID)
	case x.job.State == fallow.JobRunning && c.Waiting > 0:
		return x.explainNodes()
	}
	return nil
}

// maxFailures is how many failures an explanation tells, the first.
const maxFailures = 3

// explainFailures tells what a job's subjobs failed of: of those that failed for
// good, or, in a job that is held, of those that wait to be tried again.
func (x *explainer) explainFailures() error {
	state := store.SubjobFailed
	if x.job.State == fallow.JobHeld && x.job.Counts.Failed == 0 {
		state = store.SubjobWaiting
	}
	failed, err := x.reader.Subjobs(x.job.ID, state, -1, maxFailures)
	for _, sub := range failed {
		attempt, err := x.reader.Attempt(fallow.AttemptID{Subjob: sub.ID, Number: sub.Attempts})
		if err != nil {
			return err
		}
		x.say("subjob %s on node %s: %s: %s%s", sub.ID, attempt.Node, attempt.Outcome.Kind, attempt.Outcome.Reason, lastLine(attempt.Outcome.Tail))
	}
	if len(failed) > 0 {
		x.say("'fallow logs %s' shows more of its output", failed[0].ID)
	}
	return err
}

// lastLine gives the last line of a program's output, which often says what is
// wrong.
func lastLine(tail string) string {
	tail = strings.TrimSpace(tail)
	line := tail[strings.LastIndexByte(tail, '\n')+1:]
	if line == "" {
		return ""
	}
	return fmt.Sprintf("; its last line: %q", line)
}

func (x *explainer) explainSubjob(id fallow.SubjobID) error {
	if id.Index >= x.job.Counts.Total {
		return fallow.Errorf(fallow.CodeNotFound, "job %s has no subjob %d: its %d subjobs are numbered from 0", id.Job, id.Index, x.job.Counts.Total)
	}
	sub, err := x.reader.Subjob(id)
	if fallow.CodeOf(err) == fallow.CodeNotFound {
		return x.neverLeased(id)
	}
	if err != nil {
		return err
	}
	x.summary = fmt.Sprintf("subjob %s is %s; attempts so far: %d", id, sub.State, sub.Attempts)
	if sub.Reason != "" {
		x.summary += ": " + sub.Reason
	}
	if err := x.explainAttempts(id); err != nil {
		return err
	}
	if sub.State != store.SubjobWaiting || x.job.State != fallow.JobRunning {
		return nil
	}
	if wait := sub.NotBefore.Sub(x.now); wait > 0 {
		x.say("it is offered again in %s", wait.Round(time.Second))
	}
	return x.explainNodes()
}

func (x *explainer) neverLeased(id fallow.SubjobID) error {
	x.summary = fmt.Sprintf("subjob %s has not been leased to a node yet; its job is %s", id, x.job.State)
	if x.job.State != fallow.JobRunning {
		return nil
	}
	x.say("%d subjobs of its job come before it", id.Index-x.job.Next)
	return x.explainNodes()
}

func (x *explainer) explainAttempts(id fallow.SubjobID) error {
	attempts, err := x.reader.Attempts(id)
	for _, a := range attempts {
		if a.Running() {
			x.say("attempt %s runs on node %s (%s) since %s", a.ID, a.Node, nodeName(x.reader, a.Node), x.now.Sub(a.Started).Round(time.Second))
			continue
		}
		x.say("attempt %s on node %s (%s): %s: %s", a.ID, a.Node, nodeName(x.reader, a.Node), a.Outcome.Kind, a.Outcome.Reason)
	}
	return err
}

// explainNodes says which nodes could run the job's subjobs and why others cannot.
func (x *explainer) explainNodes() error {
	nodes, err := x.reader.Nodes("", maxExplained)
	if err != nil {
		return err
	}
	var present []fallow.Node
	for _, n := range nodes {
		if x.now.Sub(n.LastSeen) < fallow.LeaseTime {
			present = append(present, n)
		}
	}
	if away := len(nodes) - len(present); away > 0 {
		x.say("%d of %d nodes have not been heard of for %s", away, len(nodes), fallow.LeaseTime)
	}
	manifest, err := x.bundles.Manifest(x.ctx, x.job.Spec.Bundle)
	if err != nil {
		return err
	}
	e := scheduler.Explain(scheduler.Job{
		ID: x.job.ID, Needs: x.job.Spec.Needs, Arch: manifest.Arch, Systems: manifest.Systems,
		Next: x.job.Next, Total: x.job.Counts.Total,
	}, present, x.now)
	x.say("%s", e.Summary())
	x.details = append(x.details, e.Reasons...)
	return nil
}
