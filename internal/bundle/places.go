package bundle

import (
	"iter"
	"path"
	"strings"

	"fallow"
)

// reserved are the directories and files that the sandbox gives every subjob itself.
// What a bundle put there would be hidden.
var reserved = []string{
	"/dev", "/in", "/out", "/proc", "/run", "/sys", "/tmp", "/work",
	"/etc/group", "/etc/hostname", "/etc/hosts", "/etc/localtime", "/etc/machine-id",
	"/etc/nsswitch.conf", "/etc/passwd", "/etc/resolv.conf", "/etc/timezone",
}

// Reserved tells whether a path is one that the sandbox gives every subjob itself, or
// below one, so that a bundle can have nothing there.
func Reserved(p string) bool {
	for _, dir := range reserved {
		if within(dir, p) {
			return true
		}
	}
	return false
}

// placed is something that a manifest puts at a path.
type placed struct {
	kind string // in words
	path string
}

func placesOf(m fallow.Manifest) []placed {
	places := make([]placed, 0, len(m.Files)+len(m.Links)+len(m.Systems))
	for _, f := range m.Files {
		places = append(places, placed{"file", f.Path})
	}
	for _, l := range m.Links {
		places = append(places, placed{"link", l.Path})
	}
	for _, s := range m.Systems {
		places = append(places, placed{"system", s})
	}
	return places
}

// checkPlaces sees that nothing is where a file, a link, a system or the sandbox
// already is, or below it.
func checkPlaces(m fallow.Manifest) error {
	places := placesOf(m)
	taken := make(map[string]string, len(places))
	for _, p := range places {
		if taken[p.path] != "" {
			return invalid("bundle %q has %s %q twice, the other is a %s", m.Name, p.kind, p.path, taken[p.path])
		}
		if Reserved(p.path) {
			return invalid("bundle %q has %s %q where the sandbox has its own", m.Name, p.kind, p.path).
				WithHint("put it below /app; %s are the sandbox's", strings.Join(reserved, ", "))
		}
		taken[p.path] = p.kind
	}
	for _, p := range places {
		for dir := range ancestors(p.path) {
			if taken[dir] != "" {
				return invalid("bundle %q has %s %q below the %s %q", m.Name, p.kind, p.path, taken[dir], dir)
			}
		}
	}
	return nil
}

// ancestors yields the directories above a clean absolute path, nearest first,
// without the root.
func ancestors(p string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for dir := path.Dir(p); dir != "/" && dir != "."; dir = path.Dir(dir) {
			if !yield(dir) {
				return
			}
		}
	}
}

// within tells whether a clean path is dir or below it.
func within(dir, p string) bool {
	return p == dir || strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}

func checkPath(p string) error {
	switch {
	case len(p) > MaxPath:
		return fallow.Errorf(fallow.CodeLimit, "path %.40q... has %d bytes, MaxPath allows %d", p, len(p), MaxPath)
	case !path.IsAbs(p) || path.Clean(p) != p || p == "/":
		return invalid("path %q is not absolute and clean", p)
	case !plain(p):
		return invalid("path %q has characters that are not plain UTF-8 text", p)
	}
	for name := range strings.SplitSeq(p[1:], "/") {
		if len(name) > 255 {
			return fallow.Errorf(fallow.CodeLimit, "name %.40q... has %d bytes, file systems allow 255", name, len(name))
		}
	}
	return nil
}
