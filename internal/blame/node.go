package blame

import (
	"fmt"
	"slices"
	"time"

	"fallow"
)

// judgeNode finds black holes: nodes on which everything ends quickly and which
// would eat the queue (paper, 4.2.3, client black hole).
func judgeNode(c Case, job JobVerdict) NodeVerdict {
	switch {
	case quick(c):
		return judgeQuick(c, job)
	case c.Outcome.Kind == fallow.Succeeded:
		return NodeVerdict{Record: trusted(c.Record)}
	case long(c):
		return NodeVerdict{Record: cleared(c.Record)}
	}
	return NodeVerdict{Record: c.Record}
}

// quick tells whether an attempt ended as they do on a black hole. One that was
// not started counts however long its files took to come.
func quick(c Case) bool {
	switch c.Outcome.Kind {
	case fallow.NotStarted:
		return true
	case fallow.Failed, fallow.Crashed, fallow.TooShort, fallow.Tampered:
		return c.Outcome.Wall < max(quickTime, c.Needs.MinTime)
	}
	return false
}

// long tells whether a node ran a program as nodes should, whatever became of it.
// Outcomes that do not come from the program say nothing about that.
func long(c Case) bool {
	switch c.Outcome.Kind {
	case fallow.Evicted, fallow.Lost, fallow.Cancelled:
		return false
	}
	return c.Outcome.Wall >= max(quickTime, c.Needs.MinTime)
}

func judgeQuick(c Case, job JobVerdict) NodeVerdict {
	streak := lengthened(c.Record.Quick, c.Attempt.Subjob)
	switch {
	case len(streak) < maxQuick || slices.Equal(streak, c.Record.Quick):
		return NodeVerdict{Record: with(c.Record, streak)}
	case jobToBlame(c, job, streak):
		return NodeVerdict{Record: released(c.Record)}
	case c.Now.Before(c.Record.Until): // it was leased before the quarantine began
		return NodeVerdict{Record: with(c.Record, streak)}
	}
	return quarantined(c, streak)
}

// lengthened adds a subjob to a streak of different ones, of which the latest are
// kept. After a quarantine the streak stands, so that a node which is no better
// costs one more subjob, and not three.
func lengthened(streak []fallow.SubjobID, id fallow.SubjobID) []fallow.SubjobID {
	if slices.Contains(streak, id) {
		return streak
	}
	streak = append(slices.Clip(streak), id)
	return streak[max(0, len(streak)-maxQuick):]
}

// jobToBlame tells whether a streak says more about a job than about the node: all
// its subjobs are of a job that is held now, or that fails elsewhere, too, and has
// not succeeded anywhere.
func jobToBlame(c Case, job JobVerdict, streak []fallow.SubjobID) bool {
	other := func(id fallow.SubjobID) bool { return id.Job != c.Attempt.Subjob.Job }
	if slices.ContainsFunc(streak, other) || c.Job.Succeeded > 0 {
		return false
	}
	elsewhere := func(n fallow.NodeID) bool { return n != c.Node }
	return job.Hold || slices.ContainsFunc(job.FailedNodes, elsewhere)
}

func quarantined(c Case, streak []fallow.SubjobID) NodeVerdict {
	r := with(c.Record, streak)
	if r.Backoff = min(2*r.Backoff, maxBackoff); r.Backoff == 0 {
		r.Backoff = firstBackoff
	}
	r.Until = c.Now.Add(r.Backoff)
	return NodeVerdict{Record: r, Quarantine: true, Reason: fmt.Sprintf(
		"%d different subjobs in a row ended quickly here (%s), the last: %s; it is paused for %s",
		len(streak), list(streak), told(c.Outcome), r.Backoff)}
}

func with(r fallow.Quarantine, streak []fallow.SubjobID) fallow.Quarantine {
	r.Quick = streak
	return r
}

// cleared ends a streak.
func cleared(r fallow.Quarantine) fallow.Quarantine { return with(r, nil) }

// trusted ends a streak and halves the back-off: a node wins trust back as it lost
// it.
func trusted(r fallow.Quarantine) fallow.Quarantine {
	if r.Backoff /= 2; r.Backoff < firstBackoff {
		r.Backoff = 0
	}
	return cleared(r)
}

// released ends a quarantine that was a job's fault.
func released(r fallow.Quarantine) fallow.Quarantine {
	r.Until = time.Time{}
	return trusted(r)
}
