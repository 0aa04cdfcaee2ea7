package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fallow/internal/evm/evmtest"
)

// maxSize bounds the program: it is read and mapped anew at every start of a
// sandbox.
const maxSize = 3 << 20

func TestSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fallow-init")
	if err := evmtest.Build(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > maxSize {
		t.Errorf("%d bytes, at most %d are allowed", info.Size(), maxSize)
	}
}

// allowed are the packages beside the standard library that PID 1 may hold. It has
// all rights in the sandbox's namespaces, so that nothing else belongs there.
var allowed = []string{
	"fallow", "fallow/cmd/fallow-init", "fallow/internal/evm/", "golang.org/x/sys/unix",
	"github.com/landlock-lsm/go-landlock/landlock/syscall", "kernel.org/pub/linux/libs/security/libcap/psx",
}

func TestDependencies(t *testing.T) {
	output, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range strings.Fields(string(output)) {
		if !isAllowed(pkg) {
			t.Errorf("PID 1 holds package %s", pkg)
		}
	}
	for _, banned := range []string{"net/http", "os/exec", "encoding/json"} {
		if strings.Contains("\n"+deps(t), "\n"+banned+"\n") {
			t.Errorf("PID 1 holds package %s", banned)
		}
	}
}

func isAllowed(pkg string) bool {
	for _, a := range allowed {
		if pkg == a || strings.HasSuffix(a, "/") && strings.HasPrefix(pkg, a) {
			return true
		}
	}
	return false
}

func deps(t *testing.T) string {
	t.Helper()
	output, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(output)
}
