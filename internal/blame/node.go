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

// judgeQuick counts a quick end against the node, unless it says more about the job.
func judgeQuick(c Case, job JobVerdict) NodeVerdict {
	if jobToBlame(c, job) {
		return NodeVerdict{Record: absolved(c)}
	}
	streak := lengthened(c.Record.Quick, c.Attempt.Subjob)
	switch {
	case len(streak) < maxQuick || slices.Equal(streak, c.Record.Quick):
		return NodeVerdict{Record: with(c.Record, streak)}
	case c.Now.Before(c.Record.Until): // it was leased before the quarantine began
		return NodeVerdict{Record: with(c.Record, streak)}
	case alone(c) && !witnessed(c, streak): // whose fault it is can't be known, and a pause would help nobody
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

// jobToBlame tells whether a quick end says more about the job than about the node
// (paper, 4.2.3, client black hole: what fails elsewhere, too, is not the node's
// fault). It does if the job is held now, if it fails elsewhere and has succeeded
// nowhere, or if it ended quickly on half or more of the other nodes that ran it
// lately. So nobody's job can put node after node into quarantine.
func jobToBlame(c Case, job JobVerdict) bool {
	elsewhere := func(n fallow.NodeID) bool { return n != c.Node }
	if job.Hold || c.Job.Succeeded == 0 && slices.ContainsFunc(job.FailedNodes, elsewhere) {
		return true
	}
	quick, sound := endsElsewhere(c)
	return quick > 0 && quick >= sound
}

// alone tells whether no other node could take work.
func alone(c Case) bool {
	others := c.ActiveNodes
	if !c.Now.Before(c.Record.Until) { // it is one of them
		others--
	}
	return others <= 0
}

// absolved takes the job's subjobs off the node's record, and ends a quarantine that
// they made.
func absolved(c Case) fallow.Quarantine {
	other := ofAnotherJob(c)
	var rest []fallow.SubjobID
	for _, id := range c.Record.Quick {
		if other(id) {
			rest = append(rest, id)
		}
	}
	r := with(c.Record, rest)
	if len(c.Record.Quick) >= maxQuick && len(rest) < maxQuick {
		r.Until, r.Backoff = time.Time{}, halved(r.Backoff)
	}
	return r
}

// witnessed tells whether more than one job on one node accuses it: another job's
// subjob, or another node on which this job runs well.
func witnessed(c Case, streak []fallow.SubjobID) bool {
	_, sound := endsElsewhere(c)
	return sound > 0 || slices.ContainsFunc(streak, ofAnotherJob(c))
}

// quarantined pauses a node. Without a second witness it stays a suspect, whose
// pauses do not grow.
func quarantined(c Case, streak []fallow.SubjobID) NodeVerdict {
	r := with(c.Record, streak)
	if witnessed(c, streak) {
		r.Backoff = min(2*r.Backoff, maxBackoff)
	}
	r.Backoff = max(r.Backoff, firstBackoff)
	r.Until = c.Now.Add(r.Backoff)
	return NodeVerdict{Record: r, Quarantine: true, Reason: fmt.Sprintf(
		"%d different subjobs in a row ended quickly here (%s), the last: %s; it is paused for %s",
		len(streak), list(streak), told(c.Outcome), r.Backoff)}
}

func ofAnotherJob(c Case) func(fallow.SubjobID) bool {
	return func(id fallow.SubjobID) bool { return id.Job != c.Attempt.Subjob.Job }
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
	r.Backoff = halved(r.Backoff)
	return cleared(r)
}

// halved gives half a back-off, or none where that is less than the first.
func halved(d time.Duration) time.Duration {
	if d /= 2; d < firstBackoff {
		return 0
	}
	return d
}
