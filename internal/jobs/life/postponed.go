package life

import (
	"maps"
	"slices"
	"time"

	"fallow"
	"fallow/internal/store"
)

// The patience with a job that this machine cannot collect now, for want of space
// for example: it is tried again after firstDelay, each time after twice as long up
// to mostDelay, and fails after maxTries, which is some twelve hours later.
const (
	firstDelay = 5 * time.Second
	mostDelay  = time.Hour
	maxTries   = 20
)

// postponed are the jobs that are tried again later. A restart forgets them, and
// tries them at once.
type postponed struct {
	jobs map[fallow.JobID]delay
}

type delay struct {
	tries int
	until time.Time
}

func (p *postponed) count() int { return len(p.jobs) }

// due tells whether a job may be tried now.
func (p *postponed) due(id fallow.JobID, now time.Time) bool {
	return !now.Before(p.jobs[id].until)
}

// postpone puts a job off, and tells whether it still may be.
func (p *postponed) postpone(id fallow.JobID, now time.Time) bool {
	d := p.jobs[id]
	if d.tries++; d.tries >= maxTries {
		return false
	}
	wait := firstDelay
	for range d.tries - 1 {
		wait = min(2*wait, mostDelay)
	}
	d.until = now.Add(wait)
	if p.jobs == nil {
		p.jobs = map[fallow.JobID]delay{}
	}
	p.jobs[id] = d
	return true
}

// keepOnly forgets jobs that do not wait any more.
func (p *postponed) keepOnly(waiting []store.Job) {
	maps.DeleteFunc(p.jobs, func(id fallow.JobID, _ delay) bool {
		return !slices.ContainsFunc(waiting, func(j store.Job) bool { return j.ID == id })
	})
}
