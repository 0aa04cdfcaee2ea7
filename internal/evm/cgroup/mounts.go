package cgroup

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// mount is a place where a tree can be seen.
type mount struct {
	point       string   // directory
	root        string   // path within the tree that appears there
	version     int      // 1 or 2
	controllers []string // of version 1
}

// parseMounts finds the trees in the text of /proc/self/mountinfo, proc(5). Where
// one tree is mounted twice the first is kept.
func parseMounts(mountinfo string) []mount {
	var found []mount
	for line := range strings.Lines(mountinfo) {
		m, ok := parseMount(line)
		known := slices.ContainsFunc(found, func(f mount) bool {
			return f.version == m.version && slices.Equal(f.controllers, m.controllers)
		})
		if ok && !known {
			found = append(found, m)
		}
	}
	return found
}

// parseMount reads one line: "31 23 0:28 ROOT POINT OPTIONS TAGS... - TYPE SOURCE
// SUPER-OPTIONS".
func parseMount(line string) (mount, bool) {
	before, after, ok := strings.Cut(line, " - ")
	place, kind := strings.Fields(before), strings.Fields(after)
	if !ok || len(place) < 6 || len(kind) < 3 {
		return mount{}, false
	}
	m := mount{root: unescape(place[3]), point: unescape(place[4])}
	switch kind[0] {
	case "cgroup2":
		m.version = 2
	case "cgroup":
		m.version = 1
		for option := range strings.SplitSeq(kind[2], ",") {
			if slices.Contains(v1Controllers, option) {
				m.controllers = append(m.controllers, option)
			}
		}
	}
	return m, m.version == 2 || len(m.controllers) > 0
}

// v1Controllers are the controllers of version 1 that we use.
var v1Controllers = []string{"memory", "pids", "cpu", "cpuacct", "freezer"}

// unescape undoes the octal escapes of mountinfo.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// parseMembership reads the text of /proc/PID/cgroup: the path in each tree by
// controller, and under "" in the tree of version 2.
func parseMembership(text string) map[string]string {
	member := map[string]string{}
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) != 3 {
			continue
		}
		for controller := range strings.SplitSeq(fields[1], ",") {
			member[controller] = fields[2]
		}
	}
	return member
}

// directory is where a path of the tree appears below the mount, if it does.
func (m mount) directory(path string) (string, bool) {
	rel, err := filepath.Rel(m.root, path)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return filepath.Join(m.point, rel), true
}

// key is under which the tree stands in a membership.
func (m mount) key() string {
	if m.version == 2 {
		return ""
	}
	return m.controllers[0]
}

// String names the tree for people: "cgroup v1 memory", "cgroup v2".
func (m mount) String() string {
	if m.version == 2 {
		return "cgroup v2"
	}
	return fmt.Sprintf("cgroup v1 %s", m.controllers[0])
}
