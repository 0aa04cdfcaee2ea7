package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// programs is the folder of the programs under test, built once.
var programs string

func TestMain(m *testing.M) {
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "fallow-e2e-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = buildPrograms(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the programs under test:", err)
		return 1
	}
	return m.Run()
}

func buildPrograms(dir string) error {
	programs = dir
	// Sandboxes of other users start fallow-init, so they must get there.
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"fallow", "fallow-agent", "fallow-init"} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, name), "../cmd/"+name)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("go build %s: %w\n%s", name, err, out)
		}
	}
	return nil
}

// tool is the path of a program under test.
func tool(name string) string { return filepath.Join(programs, name) }
