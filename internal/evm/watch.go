package evm

import (
	"fmt"
	"time"

	"fallow"
	"fallow/internal/evm/cgroup"
	"fallow/internal/evm/internal/portal"
)

// How often a run is looked at. To measure directories costs time in their size,
// so that it takes up at most a tenth of it.
const (
	lookInterval = 200 * time.Millisecond
	diskInterval = 500 * time.Millisecond
	diskShare    = 10
)

// watch holds the run to its limits until PID 1 is gone.
func (r *Run) watch() {
	tick := time.NewTicker(lookInterval)
	defer tick.Stop()
	beats := time.NewTicker(beat)
	defer beats.Stop()
	r.free = r.freeDisk()
	nextDisk := r.started.Add(diskInterval)
	for {
		select {
		case <-r.ended:
			return
		case <-beats.C:
			r.beat()
		case now := <-tick.C:
			r.judgeTime(now)
			r.judgeGroup()
			r.judgeDesktop()
			if now.After(nextDisk) {
				r.judgeDisk()
				cost := time.Since(now)
				nextDisk = now.Add(max(diskInterval, diskShare*cost))
			}
		}
	}
}

// beat tells PID 1 that the controller lives. A socket full of unread beats is a
// frozen PID 1's, which will find enough of them.
func (r *Run) beat() {
	r.pipes.portal.ours.SetWriteDeadline(time.Now()) // always supported on a socket
	portal.Write(r.pipes.portal.ours, portal.Beat, nil)
	r.pipes.portal.ours.SetWriteDeadline(time.Time{})
}

func (r *Run) judgeTime(now time.Time) {
	r.mu.Lock()
	running := now.Sub(r.started) - r.pauses.total(now)
	r.mu.Unlock()
	if limit := r.spec.Limits.Time; running > limit {
		r.end(verdict{limit: LimitTime, reason: fmt.Sprintf("it ran longer than %v", limit)})
	}
}

// judgeGroup ends the run when the kernel has refused it memory or processes. The
// program might go on, wrong or in circles; its owner should rather know.
func (r *Run) judgeGroup() {
	usage, err := r.group.Usage()
	if err != nil {
		return // it is looked at again, and at the end
	}
	if v, over := r.overGroup(usage); over {
		r.end(v)
	}
}

func (r *Run) overGroup(u cgroup.Usage) (verdict, bool) {
	switch {
	case u.OOMKills > 0:
		return verdict{limit: LimitMemory, reason: fmt.Sprintf("it used more than %v of memory, and the kernel ended %s", r.spec.Limits.Memory, count(u.OOMKills, "process", "processes"))}, true
	case u.ProcsRefused > 0:
		return r.overProcs(), true
	}
	return verdict{}, false
}

func (r *Run) overProcs() verdict {
	return verdict{limit: LimitProcs, reason: fmt.Sprintf("it started more than %d processes and threads", r.spec.Limits.Procs)}
}

func (r *Run) overOutput() verdict {
	return verdict{limit: LimitOutput, reason: fmt.Sprintf("it wrote more than %v to its standard output and error", r.spec.Limits.Output)}
}

// judgeCensus does what control groups would where there are none.
func (r *Run) judgeCensus(c portal.Census) {
	r.mu.Lock()
	r.memory = fallow.Size(c.Memory)
	r.peak.memory = max(r.peak.memory, c.Memory)
	r.peak.tasks = max(r.peak.tasks, c.Tasks)
	r.mu.Unlock()
	has := r.machine.groups.Has
	switch limits := r.spec.Limits; {
	case !has(cgroup.Memory) && fallow.Size(c.Memory) > limits.Memory:
		r.end(verdict{limit: LimitMemory, reason: fmt.Sprintf("it used %v of memory, %v is allowed", fallow.Size(c.Memory), limits.Memory)})
	case !has(cgroup.Procs) && c.Tasks >= int64(limits.Procs):
		r.end(r.overProcs())
	}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
