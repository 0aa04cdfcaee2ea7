package inventory

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// systemPatterns are where distributions install what interpreters need beside
// themselves: all that the recipes of package bundle/recipe ask for, and the
// configuration that those directories link to.
var systemPatterns = []string{
	"usr/lib/python3*", "usr/lib64/python3*", "usr/local/lib/python3*",
	"usr/share/perl*", "usr/lib/perl*", "usr/lib64/perl5", "usr/lib/*/perl*", "etc/perl",
	"usr/lib/R", "usr/share/R", "etc/R",
	"usr/lib/jvm/*", "etc/java-*",
	"usr/share/octave", "usr/lib/*/octave", "usr/libexec/octave",
	"usr/lib/ruby", "usr/lib/*/ruby", "usr/share/rubygems-integration",
	"usr/lib/tcl*", "usr/share/tcl*",
	"usr/lib/nodejs", "usr/lib/*/nodejs", "usr/share/nodejs",
	"usr/lib/*/wine", "usr/share/wine",
	"etc/alternatives",
}

// MaxSystems bounds the directories offered.
const MaxSystems = 64

// systems gives the system directories that exist, as absolute paths in order.
// Links are left out, since what they lead to is there by itself, and so is what
// others than its owner can write to.
func systems(root string) ([]string, error) {
	tree := os.DirFS(root)
	var found []string
	for _, pattern := range systemPatterns {
		names, err := fs.Glob(tree, pattern)
		if err != nil {
			return nil, fmt.Errorf("look for %q: %w", pattern, err)
		}
		for _, name := range names {
			if offered(tree, name) {
				found = append(found, "/"+name)
			}
		}
	}
	slices.Sort(found)
	return found[:min(len(found), MaxSystems)], nil
}

// offered tells whether a path is a directory that only its owner can write to. One
// that vanished meanwhile is not.
func offered(tree fs.FS, name string) bool {
	info, err := fs.Lstat(tree, name)
	return err == nil && info.IsDir() && info.Mode().Perm()&0o022 == 0
}
