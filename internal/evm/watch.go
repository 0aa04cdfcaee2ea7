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
		r.end(verdict{LimitTime, fmt.Sprintf("it ran longer than %v", limit)})
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
		return verdict{LimitMemory, fmt.Sprintf("it used more than %v of memory, and the kernel ended %s", r.spec.Limits.Memory, count(u.OOMKills, "process", "processes"))}, true
	case u.ProcsRefused > 0:
		return r.overProcs(), true
	}
	return verdict{}, false
}

func (r *Run) overProcs() verdict {
	return verdict{LimitProcs, fmt.Sprintf("it started more than %d processes and threads", r.spec.Limits.Procs)}
}

func (r *Run) overOutput() verdict {
	return verdict{LimitOutput, fmt.Sprintf("it wrote more than %v to its standard output and error", r.spec.Limits.Output)}
}

// judgeCensus does what control groups would where there are none.
func (r *Run) judgeCensus(c portal.Census) {
	r.mu.Lock()
	r.peak.memory = max(r.peak.memory, c.Memory)
	r.peak.tasks = max(r.peak.tasks, c.Tasks)
	r.mu.Unlock()
	has := r.machine.groups.Has
	switch limits := r.spec.Limits; {
	case !has(cgroup.Memory) && fallow.Size(c.Memory) > limits.Memory:
		r.end(verdict{LimitMemory, fmt.Sprintf("it used %v of memory, %v is allowed", fallow.Size(c.Memory), limits.Memory)})
	case !has(cgroup.Procs) && c.Tasks >= int64(limits.Procs):
		r.end(r.overProcs())
	}
}

// judgeDisk measures /work and /out.
func (r *Run) judgeDisk() {
	use, err := r.measureDisk()
	r.mu.Lock()
	r.peak.disk.size = max(r.peak.disk.size, use.size)
	r.peak.disk.files = max(r.peak.disk.files, use.files)
	r.mu.Unlock()
	if err != nil {
		r.end(verdict{LimitDisk, fmt.Sprintf("what it wrote can't be measured: %v", err)})
		return
	}
	if v, over := r.overDisk(use); over {
		r.end(v)
	}
}

func (r *Run) overDisk(use diskUse) (verdict, bool) {
	switch limits := r.spec.Limits; {
	case use.size > limits.Disk:
		return verdict{LimitDisk, fmt.Sprintf("it wrote %v to /work and /out, %v is allowed", use.size, limits.Disk)}, true
	case use.files > limits.Files:
		return verdict{LimitFiles, fmt.Sprintf("it made %d files in /work and /out, %d are allowed", use.files, limits.Files)}, true
	}
	return verdict{}, false
}

func (r *Run) measureDisk() (diskUse, error) {
	var use diskUse
	for _, dir := range []string{r.spec.Work, r.spec.Out} {
		if dir == "" {
			continue
		}
		if err := use.measure(dir); err != nil {
			return use, err
		}
	}
	return use, nil
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
