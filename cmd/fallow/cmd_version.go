package main

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"fallow/internal/version"
)

// versionCmd prints the version.
type versionCmd struct{}

// Help implements [kong.HelpProvider].
func (versionCmd) Help() string {
	return `Prints the version of this program and what it was built with.

Example:

    fallow version --json`
}

// versionView is what 'version' prints with --json.
type versionView struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// Run implements the command.
func (versionCmd) Run(_ context.Context, e *env) error {
	v := versionView{Version: version.String(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	return e.show(v, func(w io.Writer) {
		fmt.Fprintf(w, "fallow %s (%s, %s/%s)\n", v.Version, v.Go, v.OS, v.Arch)
	})
}
