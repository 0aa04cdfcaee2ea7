package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Offer is what a tree could do for us.
type Offer struct {
	Tree     string // "cgroup v2", "cgroup v1 memory"
	Where    string // the directory in which the top group would be made
	Controls []Control
	Denied   string // in words: why we can't use it; empty if we can
}

// Survey tells what [Open] would find for a top group of that name, best first. It
// only looks: nothing is made and nobody moved. It takes a kernel of at least 5.15
// for granted.
func Survey(name string) ([]Offer, error) {
	mounts, member, err := look()
	if err != nil {
		return nil, err
	}
	var offers []Offer
	for _, at := range mounts {
		where, controllers := at.point, at.controllers
		if at.version == 2 {
			_, where = v2Parent(at, member[""], name)
			controllers = v2Offered(where)
		}
		o := Offer{Tree: at.String(), Where: where, Controls: controlsOf(at.version, controllers)}
		if err := unix.Access(where, unix.W_OK); err != nil {
			o.Denied = fmt.Sprintf("no groups can be made in %s: %v", where, err)
		}
		offers = append(offers, o)
	}
	return offers, nil
}

// v2Offered lists the controllers that a group of version 2 could pass down. One
// that can't be read passes none.
func v2Offered(directory string) []string {
	text, err := os.ReadFile(filepath.Join(directory, "cgroup.controllers"))
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(strings.Fields(string(text)), func(c string) bool { return !slices.Contains(v2Wanted, c) })
}

// controlsOf tells what a tree with these controllers does.
func controlsOf(version int, controllers []string) []Control {
	var does []Control
	for c := range controlCount {
		byController := slices.ContainsFunc(controllers, func(name string) bool { return v1Does[name] == c })
		if byController || version == 2 && c >= CPUTime {
			does = append(does, c)
		}
	}
	return does
}
