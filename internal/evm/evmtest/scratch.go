package evmtest

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// scratch is a directory for a whole run of a test program, which every user may
// read. [Main] removes it.
var scratch = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "fallow-test-")
	if err != nil {
		return "", fmt.Errorf("make a directory for tests: %w", err)
	}
	used = dir
	return dir, os.Chmod(dir, 0o755)
})

// used is the directory to remove at the end; "" if none was made.
var used string

// Main runs a package's tests and removes what they share.
func Main(m *testing.M) {
	code := m.Run()
	if used != "" {
		os.RemoveAll(used) // a leftover in the temporary directory harms nobody
	}
	os.Exit(code)
}

// Scratch gives a directory that lives as long as the test program.
func Scratch(t testing.TB) string {
	t.Helper()
	dir, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
