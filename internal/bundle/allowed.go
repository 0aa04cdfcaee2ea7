package bundle

import (
	"path"
	"strings"

	"fallow"
)

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
