package evmtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Programs lists what [Sandboxed] does without the sandboxes' own PID 1.
func Programs(t testing.TB, uid int) []int {
	t.Helper()
	return slices.DeleteFunc(Sandboxed(t, uid), func(pid int) bool {
		name, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "comm"))
		return err != nil || string(name) == "fallow-init\n"
	})
}

// Sandboxed lists the processes that live in a PID namespace below ours and belong
// to a host user. The dead that nobody has buried yet don't live.
func Sandboxed(t testing.TB, uid int) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	must(t, err)
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		status, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "status"))
		if err != nil {
			continue // it has ended
		}
		if below(string(status), uid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func below(status string, uid int) bool {
	owned, deeper, dead := false, false, false
	for line := range strings.SplitSeq(status, "\n") {
		name, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		switch name {
		case "State":
			dead = len(fields) > 0 && fields[0] == "Z"
		case "Uid":
			owned = len(fields) > 0 && fields[0] == strconv.Itoa(uid)
		case "NSpid":
			deeper = len(fields) > 1
		}
	}
	return owned && deeper && !dead
}

// Groups lists the control groups whose top group has a name.
func Groups(t testing.TB, name string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == name {
			found = append(found, path)
		}
		return nil // groups of others come and go
	})
	must(t, err)
	return found
}
