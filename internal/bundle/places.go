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

// systemPatterns are the directories of a node that a bundle may ask to read: below
// /usr those of packages, and the configuration of two interpreters. All belong to
// the node's distribution, none to its people.
var systemPatterns = []string{
	"/usr/lib/*", "/usr/lib64/*", "/usr/lib32/*", "/usr/libexec/*", "/usr/share/*",
	"/etc/R", "/etc/java-*", "/etc/perl", "/etc/alternatives",
}

// SystemAllowed tells whether a node lets bundles read this directory.
func SystemAllowed(dir string) bool { return systemRoot(dir) != "" }

// systemRoot gives the directory, the path itself or one above it, that nodes let
// bundles read; "" without one.
func systemRoot(p string) string {
	for dir := range ancestors(p + "/.") {
		for _, pattern := range systemPatterns {
			if ok, _ := path.Match(pattern, dir); ok { // the patterns are well formed
				return dir
			}
		}
	}
	return ""
}

func checkSystems(m fallow.Manifest) error {
	if len(m.Systems) > MaxSystems {
		return fallow.Errorf(fallow.CodeLimit, "bundle %q reads %d systems, MaxSystems allows %d", m.Name, len(m.Systems), MaxSystems)
	}
	for i, dir := range m.Systems {
		if err := checkPath(dir); err != nil {
			return err
		}
		if !SystemAllowed(dir) {
			return invalid("bundle %q reads system %q, nodes allow only %s", m.Name, dir, strings.Join(systemPatterns, ", "))
		}
		if i > 0 && m.Systems[i-1] >= dir {
			return invalid("system %q of bundle %q is repeated or out of order", dir, m.Name)
		}
	}
	return nil
}

// checkPlaces sees that no path is where a file, a link, a system or the sandbox
// already is.
func checkPlaces(m fallow.Manifest) error {
	taken := make(map[string]string, len(m.Files)+len(m.Links)+len(m.Systems))
	for _, list := range []struct {
		kind  string
		paths iter.Seq[string]
	}{{"file", filePaths(m)}, {"link", linkPaths(m)}, {"system", systemPaths(m)}} {
		for p := range list.paths {
			if taken[p] != "" {
				return invalid("bundle %q has %s %q twice, the other is a %s", m.Name, list.kind, p, taken[p])
			}
			if list.kind != "system" && Reserved(p) {
				return invalid("bundle %q has %s %q where the sandbox has its own", m.Name, list.kind, p).
					WithHint("put it below /app; %s are the sandbox's", strings.Join(reserved, ", "))
			}
			taken[p] = list.kind
		}
	}
	for p := range taken {
		for dir := range ancestors(p) {
			if taken[dir] != "" {
				return invalid("bundle %q has %s %q below the %s %q", m.Name, taken[p], p, taken[dir], dir)
			}
		}
	}
	return nil
}

func filePaths(m fallow.Manifest) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range m.Files {
			if !yield(f.Path) {
				return
			}
		}
	}
}

func linkPaths(m fallow.Manifest) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, l := range m.Links {
			if !yield(l.Path) {
				return
			}
		}
	}
}

func systemPaths(m fallow.Manifest) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, s := range m.Systems {
			if !yield(s) {
				return
			}
		}
	}
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
