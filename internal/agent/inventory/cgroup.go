package inventory

import (
	"path/filepath"
	"strings"
)

// groups finds the cgroups of this process (cgroups(7)), which limit it together
// with every group above them.
type groups struct {
	root    string
	member  map[string]string // path of the group by controller; "" is version 2
	mounted []mount
}

// mount is a line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
type mount struct {
	root    string // path within the file system that is mounted
	point   string
	kind    string
	options string // of the file system
}

// findGroups reads where this process is. A machine without cgroups has none.
func findGroups(root string) (groups, error) {
	member, err := readIfThere(root, "proc/self/cgroup")
	if err != nil {
		return groups{}, err
	}
	mounted, err := readIfThere(root, "proc/self/mountinfo")
	if err != nil {
		return groups{}, err
	}
	return groups{root: root, member: parseMembership(member), mounted: parseMounts(mounted)}, nil
}

// parseMembership reads /proc/self/cgroup, with lines such as "4:cpu,cpuacct:/path"
// and "0::/path".
func parseMembership(content string) map[string]string {
	member := make(map[string]string)
	for line := range strings.Lines(content) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) < 3 {
			continue
		}
		for controller := range strings.SplitSeq(fields[1], ",") {
			member[controller] = fields[2]
		}
	}
	return member
}

// parseMounts reads the mounts of cgroup file systems. The optional fields end with
// a single hyphen.
func parseMounts(content string) []mount {
	var mounts []mount
	for line := range strings.Lines(content) {
		before, after, ok := strings.Cut(line, " - ")
		fields, rest := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(rest) < 3 || !strings.HasPrefix(rest[0], "cgroup") {
			continue
		}
		mounts = append(mounts, mount{
			root:    unescape.Replace(fields[3]),
			point:   unescape.Replace(fields[4]),
			kind:    rest[0],
			options: rest[2],
		})
	}
	return mounts
}

// unescape undoes the kernel's escapes of the characters that would break a line.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// group is the directory of one cgroup.
type group struct {
	dir string
	v2  bool
}

// limiting gives all groups that limit this process by the controller: those it is
// in, and those above them.
func (g groups) limiting(controller string) []group {
	var all []group
	for _, m := range g.mounted {
		path, v2 := g.member[controller], m.kind == "cgroup2"
		if v2 {
			path = g.member[""]
		} else if !has(m.options, controller) {
			continue
		}
		for _, dir := range chain(m, path) {
			all = append(all, group{dir, v2})
		}
	}
	return all
}

// read gives the content of a file of the group; "" if the group has none, as the
// topmost.
func (g groups) read(in group, name string) (string, error) {
	return readIfThere(g.root, filepath.Join(in.dir, name))
}

func has(options, controller string) bool {
	for option := range strings.SplitSeq(options, ",") {
		if option == controller {
			return true
		}
	}
	return false
}

// chain gives the directories of a group and of those above it. In a container the
// mount can begin below the hierarchy's root, or show nothing of the group's path.
func chain(m mount, path string) []string {
	rel, err := filepath.Rel(m.root, filepath.Join("/", path))
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return []string{m.point}
	}
	dirs := []string{m.point}
	for dir := filepath.Join(m.point, rel); dir != filepath.Clean(m.point); dir = filepath.Dir(dir) {
		dirs = append(dirs, dir)
	}
	return dirs
}
