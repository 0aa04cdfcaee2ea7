package tree

import (
	"path"

	"fallow"
)

// wantedDirs gives the directories of a manifest's tree, without its root: those
// that hold something, and the empty ones for the systems.
func wantedDirs(m fallow.Manifest) map[string]bool {
	dirs := map[string]bool{}
	add := func(dir string) {
		for ; dir != "/" && !dirs[dir]; dir = path.Dir(dir) {
			dirs[dir] = true
		}
	}
	for _, f := range m.Files {
		add(path.Dir(f.Path))
	}
	for _, l := range m.Links {
		add(path.Dir(l.Path))
	}
	for _, system := range m.Systems {
		add(system)
	}
	return dirs
}
