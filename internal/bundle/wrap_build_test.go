package bundle_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fallow"
	"fallow/internal/bundle"
)

// build runs a compiler in a directory of sources.
func build(t *testing.T, dir string, argv ...string) {
	t.Helper()
	need(t, argv[0])
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GO111MODULE=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var answer = map[string]string{
	"inner.c": "int inner(void) { return 21; }\n",
	"outer.c": "int inner(void); int outer(void) { return 2 * inner(); }\n",
	"main.c":  "#include <stdio.h>\nint outer(void); int main(void) { printf(\"%d\\n\", outer()); return 0; }\n",
}

// answerProgram builds a program whose library needs a library of its own.
func answerProgram(t *testing.T, flags ...string) (dir string) {
	dir = t.TempDir()
	write(t, dir, answer)
	if err := os.MkdirAll(filepath.Join(dir, "lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	shared := []string{"gcc", "-shared", "-fPIC", "-o"}
	build(t, dir, append(slices.Clone(shared), "lib/libinner.so.1", "inner.c", "-Wl,-soname,libinner.so.1")...)
	build(t, dir, append(slices.Clone(shared), "lib/libouter.so", "outer.c", "lib/libinner.so.1", "-Wl,-soname,libouter.so", "-Wl,-rpath,$ORIGIN")...)
	build(t, dir, append([]string{"gcc", "-o", "answer", "main.c", "lib/libouter.so", "-Wl,-rpath-link,lib"}, flags...)...)
	return dir
}

func TestWrapFollowsSearchPaths(t *testing.T) {
	for _, flags := range [][]string{
		{"-Wl,--enable-new-dtags", "-Wl,-rpath,$ORIGIN/lib"},
		{"-Wl,--disable-new-dtags", "-Wl,-rpath,${ORIGIN}/lib"},
	} {
		dir := answerProgram(t, flags...)
		wrapped := wrap(t, bundle.Request{Programs: []string{filepath.Join(dir, "answer")}})
		if got := run(t, wrapped); got != "42\n" {
			t.Errorf("%v: it says %q", flags, got)
		}
	}
}

func TestWrapTakesTheLibraryPathAlong(t *testing.T) {
	dir := answerProgram(t)
	program := filepath.Join(dir, "answer")
	_, err := bundle.Wrap(t.Context(), bundle.Request{Programs: []string{program}})
	if refusals, ok := errors.AsType[bundle.Refusals](err); !ok || len(refusals) != 1 ||
		!strings.Contains(refusals[0].Reason, `"libouter.so", needed by "`+program) ||
		!strings.Contains(refusals[0].Reason, "/usr/lib") {
		t.Errorf("without a library path: %v, want libouter.so missing", err)
	}
	wrapped := wrap(t, bundle.Request{Programs: []string{program}, LibraryPath: []string{filepath.Join(dir, "lib")}})
	if got := run(t, wrapped); got != "42\n" {
		t.Errorf("it says %q", got)
	}
}

// A library that is nowhere to be found can be named as an extra file or by its
// folder, here or elsewhere in the sandbox, and under another name.
func TestWrapTakesMissingLibrariesFromTheExtraFiles(t *testing.T) {
	dir := answerProgram(t)
	lib := filepath.Join(dir, "lib")
	if err := os.Link(filepath.Join(lib, "libouter.so"), filepath.Join(dir, "outer-2.1.so")); err != nil {
		t.Fatal(err)
	}
	inner := bundle.Extra{Host: filepath.Join(lib, "libinner.so.1")}
	for name, extra := range map[string][]bundle.Extra{
		"a file":        {{Host: filepath.Join(lib, "libouter.so")}},
		"a folder":      {{Host: lib}},
		"placed":        {{Host: lib, Path: "/app/lib"}},
		"by its soname": {{Host: filepath.Join(dir, "outer-2.1.so")}, inner},
	} {
		t.Run(name, func(t *testing.T) {
			wrapped := wrap(t, bundle.Request{Programs: []string{filepath.Join(dir, "answer")}, Extra: extra})
			if got := run(t, wrapped); got != "42\n" {
				t.Errorf("it says %q", got)
			}
		})
	}
}

func TestWrapTakesTheLibraryPathOfTheUser(t *testing.T) {
	dir := answerProgram(t)
	t.Setenv("LD_LIBRARY_PATH", ":"+filepath.Join(dir, "lib"))
	wrapped := wrap(t, bundle.Request{Programs: []string{filepath.Join(dir, "answer")}})
	if got := run(t, wrapped); got != "42\n" {
		t.Errorf("it says %q", got)
	}
}

func TestWrapStaticPrograms(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"main.c":  "#include <stdio.h>\nint main(void) { puts(\"42\"); return 0; }\n",
		"main.go": "package main\n\nfunc main() { print(\"42\\n\") }\n",
	})
	for name, argv := range map[string][]string{
		"static":     {"gcc", "-static", "-o", "static", "main.c"},
		"static-pie": {"gcc", "-static-pie", "-o", "static-pie", "main.c"},
		"go":         {"go", "build", "-o", "go", "main.go"},
	} {
		t.Run(name, func(t *testing.T) {
			build(t, dir, argv...)
			wrapped := wrap(t, bundle.Request{Programs: []string{filepath.Join(dir, name)}})
			if n := len(wrapped.Manifest.Files); n != 1 {
				t.Errorf("%d files, want the program alone", n)
			}
			if got := run(t, wrapped); got != "42\n" {
				t.Errorf("it says %q", got)
			}
		})
	}
}

func TestWrapRefusesALibraryAsProgram(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, answer)
	build(t, dir, "gcc", "-shared", "-fPIC", "-o", "libinner.so", "inner.c", "-Wl,-soname,libinner.so")
	_, err := bundle.Wrap(t.Context(), bundle.Request{Programs: []string{filepath.Join(dir, "libinner.so")}})
	if err == nil || !strings.Contains(err.Error(), "it is a shared library and no program") {
		t.Errorf("Wrap: %v", err)
	}
}

func TestWrapSeesProgramsThatWriteCode(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, answer)
	build(t, dir, "gcc", "-z", "execstack", "-o", "execstack", "main.c", "inner.c", "outer.c")
	wrapped := wrap(t, bundle.Request{Programs: []string{filepath.Join(dir, "execstack")}})
	if wrapped.Manifest.Profile != fallow.ProfileJIT {
		t.Errorf("a program with an executable stack got profile %q", wrapped.Manifest.Profile)
	}
}

func TestWrapJar(t *testing.T) {
	need(t, "java")
	need(t, "jar")
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"Main.java": "public class Main { public static void main(String[] a) { System.out.println(6 * 7 + a.length); } }\n",
	})
	build(t, dir, "javac", "--release", "17", "Main.java")
	build(t, dir, "jar", "cfe", "answer.jar", "Main", "Main.class")
	wrapped := wrap(t, bundle.Request{Scripts: []string{filepath.Join(dir, "answer.jar")}})
	if m := wrapped.Manifest; m.Name != "answer" || m.Profile != fallow.ProfileJIT {
		t.Errorf("name %q, profile %q", m.Name, m.Profile)
	}
	if got := run(t, wrapped, "x"); got != "43\n" {
		t.Errorf("it says %q", got)
	}
}

func TestWrapGCC(t *testing.T) {
	need(t, "gcc")
	if testing.Short() {
		t.Skip("SKIPPED: -short, the compiler has thousands of files")
	}
	dir := t.TempDir()
	write(t, dir, answer)
	wrapped := wrap(t, bundle.Request{
		Programs: []string{"gcc"},
		Extra:    []bundle.Extra{{Host: dir, Path: "/app/src"}},
	})
	got := run(t, wrapped, "-o", "/tmp/answer", "/app/src/main.c", "/app/src/inner.c", "/app/src/outer.c", "-lm", "-v")
	if !strings.Contains(got, "collect2") {
		t.Errorf("it says %q", got)
	}
}

func TestWrapCarriesPython(t *testing.T) {
	need(t, "python3")
	if testing.Short() {
		t.Skip("SKIPPED: -short, the library of Python has thousands of files")
	}
	wrapped := wrap(t, bundle.Request{Programs: []string{"/usr/bin/python3"}, Carry: true})
	if len(wrapped.Manifest.Systems) > 0 {
		t.Errorf("systems %v in a bundle that carries everything", wrapped.Manifest.Systems)
	}
	if got := run(t, wrapped, "-c", "import ssl, sqlite3; print(6*7)"); got != "42\n" {
		t.Errorf("it says %q", got)
	}
}

func TestWrapVirtualEnvironment(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "venv")
	need(t, "/usr/bin/python3")
	build(t, "/", "/usr/bin/python3", "-m", "venv", "--without-pip", dir)
	packages, err := filepath.Glob(filepath.Join(dir, "lib/python3*/site-packages"))
	if err != nil || len(packages) != 1 {
		t.Fatalf("site-packages: %v, %v", packages, err)
	}
	write(t, packages[0], map[string]string{"answer.py": "value = 42\n"})
	p := script(t, "x.py", "#!"+dir+"/bin/python3\nimport answer, json; print(answer.value)\n")
	if got := run(t, wrap(t, bundle.Request{Scripts: []string{p}})); got != "42\n" {
		t.Errorf("it says %q", got)
	}
}

func TestWrapPassesOverShims(t *testing.T) {
	need(t, "/usr/bin/python3")
	shim := filepath.Dir(script(t, "python3", "#!/bin/sh\nexit 1\n"))
	wrapped := wrap(t, bundle.Request{
		Scripts:    []string{script(t, "x.py", "#!/usr/bin/env python3\nprint(42)\n")},
		SearchPath: []string{shim, "/usr/bin"},
	})
	if got := wrapped.Manifest.Entries[0].Argv[0]; got != "/usr/bin/python3" {
		t.Errorf("interpreter %q", got)
	}
	if !slices.ContainsFunc(wrapped.Notes, func(n string) bool { return strings.Contains(n, "is a shim") }) {
		t.Errorf("no note of it in %q", wrapped.Notes)
	}
}

func TestWrapExtraFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"data/a.txt": "forty", "data/sub/b.txt": "-two", "outside.txt": "!\n"})
	for link, target := range map[string]string{"data/inside": "sub/b.txt", "data/outside": "../outside.txt", "data/dangling": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	wrapped := wrap(t, bundle.Request{
		Programs: []string{"/bin/cat"},
		Extra:    []bundle.Extra{{Host: filepath.Join(dir, "data"), Path: "/app/data"}},
	})
	if got := run(t, wrapped, "/app/data/a.txt", "/app/data/inside", "/app/data/outside"); got != "forty-two!\n" {
		t.Errorf("it says %q", got)
	}
}

func TestWrapStaysInItsRoot(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"usr/bin", "usr/lib64", "usr/lib/x86_64-linux-gnu", "etc/alternatives"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"bin": "usr/bin", "lib": "usr/lib", "lib64": "usr/lib64",
		"usr/lib64/ld-linux-x86-64.so.2": "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
		"usr/bin/same":                   "/etc/alternatives/same", "etc/alternatives/same": "../../../../../bin/true",
	} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []string{"/usr/bin/true", "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "/usr/lib/x86_64-linux-gnu/libc.so.6"} {
		if _, err := os.Stat(p); err != nil {
			t.Skipf("SKIPPED: this machine has no %s", p)
		}
		copyFile(t, p, filepath.Join(root, p))
	}
	wrapped := wrap(t, bundle.Request{Programs: []string{"same"}, Root: root})
	for _, source := range wrapped.Sources {
		if !strings.HasPrefix(source, root+"/") {
			t.Errorf("%q is taken from outside the root", source)
		}
	}
	want := fallow.BundleLink{Path: "/usr/bin/same", Target: "/usr/bin/true"}
	if !slices.Contains(wrapped.Manifest.Links, want) {
		t.Errorf("links %v lack %v", wrapped.Manifest.Links, want)
	}
	run(t, wrapped)
}
