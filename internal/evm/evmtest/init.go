package evmtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// InitVariable names the environment variable that holds the path of a built
// fallow-init, for tests that run as a user without the go tool.
const InitVariable = "FALLOW_TEST_INIT"

// Init gives the path of fallow-init, built once for each run of a test program.
func Init(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var build = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(InitVariable); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "fallow-init-")
	if err != nil {
		return "", fmt.Errorf("make a directory for fallow-init: %w", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", fmt.Errorf("open the directory of fallow-init to other users: %w", err)
	}
	built = dir
	path := filepath.Join(dir, "fallow-init")
	return path, Build(path)
})

// built is the directory to remove at the end; "" if nothing was built.
var built string

// Build builds fallow-init as 'make build' does.
func Build(path string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "fallow/cmd/fallow-init")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build fallow-init: %w\n%s", err, output)
	}
	return nil
}

// Main runs a package's tests and removes what [Init] built.
func Main(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built) // a leftover in the temporary directory harms nobody
	}
	os.Exit(code)
}
