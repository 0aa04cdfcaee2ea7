package bundle_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fallow/internal/bundle"
)

func TestWrapInterpretersThatAreScripts(t *testing.T) {
	interpreter := script(t, "twice", "#!/bin/sh -e\necho twice $*\n")
	p := script(t, "x", "#!"+interpreter+" -v\n")
	got := run(t, wrap(t, bundle.Request{Scripts: []string{p}}), "a")
	if want := "twice -v /app/x a\n"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

func TestWrapRefusesItsOwnInterpreter(t *testing.T) {
	p := filepath.Join(t.TempDir(), "self")
	if err := os.WriteFile(p, []byte("#!"+p+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := bundle.Wrap(t.Context(), bundle.Request{Scripts: []string{p}})
	if err == nil || !strings.Contains(err.Error(), "are scripts themselves") {
		t.Errorf("Wrap: %v", err)
	}
}

func TestWrapProgramsThatAreScripts(t *testing.T) {
	dir := filepath.Dir(script(t, "front", "#!/bin/sh\ncat \"${0%/*}/text\"\n"))
	write(t, dir, map[string]string{"text": "42\n"})
	wrapped := wrap(t, bundle.Request{
		Programs:   []string{"front"},
		Extra:      []bundle.Extra{{Host: filepath.Join(dir, "text")}},
		SearchPath: []string{dir, "/usr/bin"},
	})
	if got := run(t, wrapped); got != "42\n" {
		t.Errorf("it says %q", got)
	}
	if !slices.ContainsFunc(wrapped.Notes, func(n string) bool { return strings.Contains(n, "assumed to call cat") }) {
		t.Errorf("no hint in %q", wrapped.Notes)
	}
}

func TestWrapRefusesScriptsThatMayNotRun(t *testing.T) {
	p := script(t, "x", "#!/bin/sh\n")
	if err := os.Chmod(p, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := bundle.Wrap(t.Context(), bundle.Request{Programs: []string{p}})
	if err == nil || !strings.Contains(err.Error(), "chmod +x") {
		t.Errorf("Wrap: %v", err)
	}
	wrap(t, bundle.Request{Scripts: []string{p}})
}

func TestWrapRefusesTwoOfOneName(t *testing.T) {
	one, two := script(t, "x", "#!/bin/sh\n"), script(t, "x", "#!/bin/sh\n")
	_, err := bundle.Wrap(t.Context(), bundle.Request{Scripts: []string{one, two}})
	if err == nil || !strings.Contains(err.Error(), `two programs of the name "x"`) {
		t.Errorf("Wrap: %v", err)
	}
}

// A library that is named must be complete; one of many in a directory need not be.
func TestWrapExtraLibraries(t *testing.T) {
	dir := answerProgram(t)
	if err := os.Remove(filepath.Join(dir, "lib/libinner.so.1")); err != nil {
		t.Fatal(err)
	}
	library := filepath.Join(dir, "lib/libouter.so")
	_, err := bundle.Wrap(t.Context(), bundle.Request{Programs: []string{"/bin/true"}, Extra: []bundle.Extra{{Host: library, Path: "/app/l.so"}}})
	if err == nil || !strings.Contains(err.Error(), `"libinner.so.1", needed by`) {
		t.Errorf("Wrap: %v", err)
	}
	wrapped := wrap(t, bundle.Request{Programs: []string{"/bin/true"}, Extra: []bundle.Extra{{Host: filepath.Join(dir, "lib"), Path: "/app/lib"}}})
	if !slices.ContainsFunc(wrapped.Notes, func(n string) bool { return strings.Contains(n, "libinner.so.1") }) {
		t.Errorf("no note of it in %q", wrapped.Notes)
	}
}
