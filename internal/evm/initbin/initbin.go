// Package initbin carries fallow-init, the program that is PID 1 of every sandbox,
// so that one file is enough to install an agent. 'make build' puts it into the
// bin directory before the agent is built.
package initbin

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"fallow"
)

// Name is the file name of the program.
const Name = "fallow-init"

//go:embed all:bin
var files embed.FS

// Program returns the content of fallow-init: the carried one, or else the one that
// lies beside the running program.
func Program() ([]byte, error) {
	carried, err := files.ReadFile("bin/" + Name)
	if err == nil {
		return carried, nil
	}
	own, err := os.Executable()
	if err != nil {
		return nil, missing(err)
	}
	beside, err := os.ReadFile(filepath.Join(filepath.Dir(own), Name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(err)
	}
	return beside, err
}

func missing(cause error) error {
	return fallow.Errorf(fallow.CodeUnsupported, "this program carries no %s and there is none beside it: %w", Name, cause).
		WithHint("build with 'make build', or name the file in the configuration")
}
