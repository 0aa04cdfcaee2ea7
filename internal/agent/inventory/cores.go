package inventory

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// cores gives the number of cores that this process may keep busy, at least 1: the
// least of its affinity (sched_setaffinity(2)), its groups' CPU quota, rounded down
// so that subjobs are not throttled, and what the owner allows (0 for all).
func cores(g groups, most int) (int, error) {
	var affinity unix.CPUSet
	if err := unix.SchedGetaffinity(0, &affinity); err != nil {
		return 0, fmt.Errorf("read the affinity: %w", err)
	}
	quota, err := quota(g)
	if err != nil {
		return 0, fmt.Errorf("read the CPU quota: %w", err)
	}
	n := int(math.Min(float64(affinity.Count()), quota))
	if most > 0 {
		n = min(n, most)
	}
	return max(n, 1), nil
}

// quota gives the least CPU quota of the groups, in cores; infinite without one.
func quota(g groups) (float64, error) {
	least := math.Inf(1)
	for _, in := range g.limiting("cpu") {
		text, err := quotaText(g, in)
		if err != nil {
			return 0, err
		}
		least = math.Min(least, parseQuota(text))
	}
	return least, nil
}

// quotaText gives a group's quota in the form of version 2's cpu.max. Version 1 has
// a file for each of the two numbers.
func quotaText(g groups, in group) (string, error) {
	if in.v2 {
		return g.read(in, "cpu.max")
	}
	quota, err := g.read(in, "cpu.cfs_quota_us")
	if err != nil {
		return "", err
	}
	period, err := g.read(in, "cpu.cfs_period_us")
	return quota + " " + period, err
}

// parseQuota reads cpu.max, "QUOTA PERIOD" in microseconds, as cores. "max" and -1
// mean no quota, and so does what can't be read: the kernel throttles anyway.
func parseQuota(text string) float64 {
	first, second, _ := strings.Cut(text, " ")
	quota, err := strconv.ParseUint(first, 10, 63)
	period, perr := strconv.ParseUint(second, 10, 63)
	if err != nil || perr != nil || quota == 0 || period == 0 {
		return math.Inf(1)
	}
	return float64(quota) / float64(period)
}
