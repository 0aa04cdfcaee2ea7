package scheduler

import (
	"time"

	"fallow"
)

// AvoidGrace is how long a subjob that waits again is kept for nodes on which it
// has not been tried. Whether there is another node that meets its requirements,
// and whether that node will ask for work soon, is not known without looking at
// all of them; so after this time a node on which it did not succeed is better than
// none. A node asks again seconds after it has room, and two minutes are little
// beside the run time of a subjob worth sending.
const AvoidGrace = 2 * time.Minute

// Schedule plans one round. Equal snapshots give equal plans.
//
// The cost is that of matching each different set of requirements with each ask
// once, and of a look at a heap of asks for each lease. It ends as soon as the
// asks are served.
func Schedule(s Snapshot) Plan {
	r := round{snapshot: s, desks: desks(s), matching: map[string][]*desk{}, classes: map[string]*class{}}
	r.open = len(r.desks)
	for _, job := range s.Jobs {
		if r.open == 0 {
			break
		}
		r.serve(job)
	}
	return Plan{Leases: r.leases}
}

// round is the state of one call of Schedule.
type round struct {
	snapshot Snapshot
	desks    []*desk
	open     int                // asks that could take more
	matching map[string][]*desk // by propertyKey
	classes  map[string]*class  // by classKey
	leases   []Lease
}

// serve leases as many subjobs of a job as the asks can take.
func (r *round) serve(job Job) {
	c := r.class(job)
	for _, w := range job.Waiting {
		if c.empty() {
			return
		}
		if d := c.pick(r.choice(w)); d != nil {
			r.lease(d, c, job.ID, w.Index, w.Attempts+1)
		}
	}
	for index := job.Next; index < job.Total; index++ {
		d := c.pick(choice{})
		if d == nil {
			return
		}
		r.lease(d, c, job.ID, index, 1)
	}
}

// choice is what a subjob makes of the nodes that could take it.
type choice struct {
	avoid  []fallow.NodeID // only if there is no other
	refuse bool            // not even then
}

func (r *round) choice(w Waiting) choice {
	onlyThose := r.snapshot.ActiveNodes <= len(w.Avoid)
	graceOver := r.snapshot.Now.Sub(w.Since) >= AvoidGrace
	return choice{avoid: w.Avoid, refuse: !onlyThose && !graceOver}
}

func (r *round) lease(d *desk, c *class, job fallow.JobID, index int64, number int) {
	d.take(c.takes)
	if d.max == 0 {
		r.open--
	}
	r.leases = append(r.leases, Lease{Ask: d.ask, Attempt: fallow.AttemptID{
		Subjob: fallow.SubjobID{Job: job, Index: index}, Number: number,
	}})
}

// class finds the class of the job's requirements, and makes it if it is the first
// of the round.
func (r *round) class(job Job) *class {
	key := classKey(job)
	c, ok := r.classes[key]
	if !ok {
		c = newClass(Takes(job.Needs), r.match(job))
		r.classes[key] = c
	}
	return c
}

// match finds the asks whose nodes have the properties that the job requires, once
// for all jobs that require the same: it is the dear part of a round.
func (r *round) match(job Job) []*desk {
	key := propertyKey(job)
	matching, ok := r.matching[key]
	if !ok {
		checks := propertyChecks(job)
		for _, d := range r.desks {
			if meetsAll(checks, d.node) {
				matching = append(matching, d)
			}
		}
		r.matching[key] = matching
	}
	return matching
}
