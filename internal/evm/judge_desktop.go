package evm

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"fallow"
	"fallow/internal/evm/cgroup"
)

// The memory that sandboxes leave available on a desktop without a memory
// controller: the lesser of a size and a part of the whole. It ends what PID 1 can't
// count, such as full sockets and pipes.
const (
	memoryFloor      = 256 * fallow.MiB
	memoryFloorShare = 50 // one part of as many
)

// judgeDesktop ends the run when the desktop's memory is nearly used up and no other
// run holds more.
func (r *Run) judgeDesktop() {
	if r.machine.groups.Has(cgroup.Memory) {
		return
	}
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return // a desktop that hides it
	}
	if free, short := shortOfMemory(content); short && r.machine.largest() == r {
		r.end(verdict{limit: LimitMemory, reason: fmt.Sprintf("the desktop's memory is nearly used up, %v are available, and no other run holds more", free)})
	}
}

// shortOfMemory looks at the content of /proc/meminfo, proc(5).
func shortOfMemory(content []byte) (fallow.Size, bool) {
	total, ok := meminfo(content, "MemTotal:")
	free, known := meminfo(content, "MemAvailable:")
	return free, ok && known && free < min(memoryFloor, total/memoryFloorShare)
}

func meminfo(content []byte, name string) (fallow.Size, bool) {
	for line := range bytes.Lines(content) {
		words := bytes.Fields(line)
		if len(words) < 2 || string(words[0]) != name {
			continue
		}
		kib, err := strconv.ParseInt(string(words[1]), 10, 64)
		return fallow.Size(kib) * fallow.KiB, err == nil
	}
	return 0, false
}

// largest is the run that holds the most memory; nil while one is being ended, whose
// memory comes back first.
func (m *Machine) largest() *Run {
	m.mu.Lock()
	defer m.mu.Unlock()
	var most *Run
	var size fallow.Size
	for _, r := range m.runs {
		r.mu.Lock()
		memory, ending := r.memory, r.verdict.reason != ""
		r.mu.Unlock()
		if ending {
			return nil
		}
		if most == nil || memory > size {
			most, size = r, memory
		}
	}
	return most
}
