package e2e

import (
	"os"
	"os/exec"
	"testing"
)

// need skips a test on a machine without the programs it runs.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		_, err := exec.LookPath(name)
		skipOn(t, err)
	}
}

// needFiles skips a test on a machine without the files it reads.
func needFiles(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		_, err := os.Stat(path)
		skipOn(t, err)
	}
}

// skipOn skips a test visibly; CI has everything, so there it fails.
func skipOn(t *testing.T, err error) {
	t.Helper()
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("missing in CI: %v", err)
	}
	if err != nil {
		t.Skip(err)
	}
}
