package main

import (
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"
)

// stateFolders are where the server keeps its state by default: as root where
// services do, else in the user's own folder (XDG Base Directory Specification).
func stateFolders(getenv func(string) string) kong.Vars {
	state := getenv("XDG_STATE_HOME")
	if state == "" {
		state = filepath.Join(getenv("HOME"), ".local", "state")
	}
	folders := kong.Vars{
		"server_dir": filepath.Join(state, "fallow", "server"),
		"up_dir":     filepath.Join(state, "fallow", "up"),
	}
	if os.Geteuid() == 0 {
		folders["server_dir"] = "/var/lib/fallow-server"
	}
	return folders
}
