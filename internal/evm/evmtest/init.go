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
	path, err := initOnce()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var initOnce = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(InitVariable); path != "" {
		return path, nil
	}
	dir, err := scratch()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "fallow-init")
	return path, Build(path)
})

// Build builds fallow-init as 'make build' does.
func Build(path string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "fallow/cmd/fallow-init")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build fallow-init: %w\n%s", err, output)
	}
	return nil
}
