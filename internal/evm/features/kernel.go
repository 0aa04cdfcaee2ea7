package features

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// The kernels that count: below the first the EVM is not tested, from the second on
// it has all it can use.
var (
	baselineKernel = [2]int{5, 15}
	bestKernel     = [2]int{6, 12}
)

func kernel() Feature {
	f := Feature{
		Status:   OK,
		Fallback: "older means are used, each named below",
		Advice:   fmt.Sprintf("Upgrade to Linux %d.%d or later.", bestKernel[0], bestKernel[1]),
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return Feature{Status: Missing, Detail: err.Error(), Advice: f.Advice}
	}
	release := unix.ByteSliceToString(name.Release[:])
	f.Detail = "Linux " + release
	switch version := parseRelease(release); {
	case before(version, baselineKernel):
		f.Status, f.Fallback = Missing, ""
	case before(version, bestKernel):
		f.Status = Degraded
	}
	return f
}

// parseRelease reads the start of uname's release: "6.18.44-generic" is 6, 18. What
// can't be read is 0.0, older than anything.
func parseRelease(release string) [2]int {
	var version [2]int
	if n, _ := fmt.Sscanf(release, "%d.%d", &version[0], &version[1]); n != len(version) {
		return [2]int{}
	}
	return version
}

func before(a, b [2]int) bool { return a[0] < b[0] || a[0] == b[0] && a[1] < b[1] }
