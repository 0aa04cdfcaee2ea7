package features

import (
	"fmt"
	"os"

	"fallow"

	"golang.org/x/sys/unix"
)

// What a node should have free to be of use: the defaults of a job's needs.
const (
	enoughMemory = fallow.DefaultMemory
	enoughDisk   = 4 * fallow.DefaultDisk
)

func memory() Feature {
	f := Feature{
		Status:   OK,
		Fallback: "only jobs that ask for less come here",
		Advice:   "Close programs or add memory.",
	}
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		f.Status, f.Detail = Degraded, err.Error()
		return f
	}
	total := fallow.Size(uint64(info.Totalram) * uint64(info.Unit))
	f.Detail = total.String() + " in all"
	if total < enoughMemory {
		f.Status = Degraded
	}
	return f
}

// disk looks at the file system where the agent's files lie unless it is told
// otherwise: a service's, or a user's.
func disk() Feature {
	f := Feature{
		Status:   OK,
		Fallback: "only jobs that ask for less come here",
		Advice:   "Free some space, or put the agent's state elsewhere.",
	}
	directory := "/var"
	if home, err := os.UserHomeDir(); err == nil && os.Geteuid() != 0 {
		directory = home
	}
	var s unix.Statfs_t
	if err := unix.Statfs(directory, &s); err != nil {
		f.Status, f.Detail = Degraded, fmt.Sprintf("%s: %v", directory, err)
		return f
	}
	free := fallow.Size(s.Bavail * uint64(s.Bsize))
	f.Detail = fmt.Sprintf("%s free in %s", free, directory)
	if free < enoughDisk {
		f.Status = Degraded
	}
	return f
}
