package evm

import (
	"fmt"
	"math"

	"golang.org/x/sys/unix"

	"fallow"
)

// judgeDisk measures /work and /out.
func (r *Run) judgeDisk() {
	use, err := r.measureDisk()
	r.mu.Lock()
	use.size += r.unlinked.size
	use.files += r.unlinked.files
	r.peak.disk.size = max(r.peak.disk.size, use.size)
	r.peak.disk.files = max(r.peak.disk.files, use.files)
	r.mu.Unlock()
	if err != nil {
		r.end(verdict{limit: LimitDisk, reason: fmt.Sprintf("what it wrote can't be measured: %v", err)})
		return
	}
	if v, over := r.overDisk(use); over {
		r.end(v)
		return
	}
	r.judgeFree()
}

func (r *Run) overDisk(use diskUse) (verdict, bool) {
	switch limits := r.spec.Limits; {
	case use.size > limits.Disk:
		return verdict{limit: LimitDisk, reason: fmt.Sprintf("it wrote %v to /work and /out, %v is allowed", use.size, limits.Disk)}, true
	case use.files > limits.Files:
		return verdict{limit: LimitFiles, reason: fmt.Sprintf("it made %d files in /work and /out, %d are allowed", use.files, limits.Files)}, true
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

// diskFloor is what a run leaves free of the desktop's disk, whatever its limit. It
// also ends what hides from being measured, such as a nameless file that is only
// mapped.
const diskFloor = 512 * fallow.MiB

// judgeFree ends the run when the disk of its directories is nearly full. Where it
// was so at the start, the run may still fill what it was promised.
func (r *Run) judgeFree() {
	free := r.freeDisk()
	if !nearlyFull(r.free, free, r.spec.Limits.Disk) {
		return
	}
	r.end(verdict{limit: LimitDisk, reason: fmt.Sprintf("the desktop's disk is nearly full: %v are free, %v must be", free, diskFloor)})
}

// nearlyFull judges by what was free at the start, what is now, and the run's limit.
func nearlyFull(before, now, limit fallow.Size) bool {
	if before < diskFloor {
		return before-now > limit
	}
	return now < diskFloor
}

// freeDisk is what the file systems of /work and /out have left for ordinary users,
// the lesser of both.
func (r *Run) freeDisk() fallow.Size {
	least := fallow.Size(math.MaxInt64)
	for _, dir := range []string{r.spec.Work, r.spec.Out} {
		var stat unix.Statfs_t
		if dir == "" || unix.Statfs(dir, &stat) != nil {
			continue // in memory, or gone: what is measured tells
		}
		least = min(least, fallow.Size(stat.Bavail)*fallow.Size(stat.Bsize))
	}
	return least
}
