package inventory

import (
	"fmt"
	"strconv"
	"strings"

	"fallow"
)

// memory gives what the grid may use: of the machine's memory, or of the groups'
// limit if that is less, all but the reserve.
func memory(root string, g groups, reserve fallow.Size) (fallow.Size, error) {
	meminfo, err := readProc(root, "proc/meminfo")
	if err != nil {
		return 0, err
	}
	total, err := parseMemTotal(meminfo)
	if err != nil {
		return 0, err
	}
	for _, in := range g.limiting("memory") {
		name := "memory.limit_in_bytes"
		if in.v2 {
			name = "memory.max"
		}
		text, err := g.read(in, name)
		if err != nil {
			return 0, fmt.Errorf("read the memory limit: %w", err)
		}
		if limit, ok := parseLimit(text); ok {
			total = min(total, limit)
		}
	}
	return max(total-reserve, 0), nil
}

// parseMemTotal takes the first line of /proc/meminfo: "MemTotal: 16303412 kB", of
// 1024 bytes each.
func parseMemTotal(meminfo string) (fallow.Size, error) {
	for line := range strings.Lines(meminfo) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "MemTotal:" {
			continue
		}
		kib, err := strconv.ParseUint(fields[1], 10, 63-10)
		if err != nil {
			return 0, fmt.Errorf("parse MemTotal of /proc/meminfo: %w", err)
		}
		return fallow.Size(kib) * fallow.KiB, nil
	}
	return 0, fmt.Errorf("/proc/meminfo has no MemTotal")
}

// parseLimit reads a limit in bytes. "max" is none; so is what version 1 writes
// without one, which is more than any machine has.
func parseLimit(text string) (fallow.Size, bool) {
	limit, err := strconv.ParseUint(text, 10, 63)
	return fallow.Size(limit), err == nil
}
