package loader_test

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fallow/internal/bundle/loader"
)

// program gives the bytes of a small dynamic program of this machine.
func program(t testing.TB) []byte {
	t.Helper()
	content, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	return content
}

// TestReadAgreesWithDebugELF compares with the standard library's reader, which goes
// by the section headers instead.
func TestReadAgreesWithDebugELF(t *testing.T) {
	paths, err := filepath.Glob("/usr/lib/x86_64-linux-gnu/*.so.*")
	if err != nil {
		t.Fatal(err)
	}
	programs, err := filepath.Glob("/usr/bin/[b-d]*")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, p := range append(paths, programs...) {
		file, err := elf.Open(p)
		if err != nil {
			continue
		}
		defer file.Close()
		needed, err := file.ImportedLibraries()
		if err != nil {
			t.Fatal(err)
		}
		runPath, err := file.DynString(elf.DT_RUNPATH)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		o, err := loader.Read(raw)
		if err != nil {
			t.Errorf("Read(%q): %v", p, err)
			continue
		}
		if diff := cmp.Diff(needed, o.Needed); diff != "" {
			t.Errorf("%q: %s", p, diff)
		}
		if len(runPath) > 0 && runPath[0] != o.RunPath {
			t.Errorf("%q: RUNPATH %q, want %q", p, o.RunPath, runPath[0])
		}
		compared++
	}
	if compared == 0 {
		t.Skip("SKIPPED: this machine has no programs at the usual places")
	}
}

func TestReadWithoutSectionHeaders(t *testing.T) {
	content := program(t)
	want, err := loader.Read(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	clear(content[0x28:0x30]) // e_shoff
	clear(content[0x3a:0x40]) // e_shentsize, e_shnum, e_shstrndx
	got, err := loader.Read(bytes.NewReader(content))
	if diff := cmp.Diff(want, got); err != nil || diff != "" || len(got.Needed) == 0 {
		t.Errorf("Read: %v\n%s", err, diff)
	}
}

func TestReadBrokenFiles(t *testing.T) {
	content := program(t)
	for name, text := range map[string][]byte{"empty": nil, "text": []byte("#!/bin/sh\n"), "short": content[:40]} {
		if _, err := loader.Read(bytes.NewReader(text)); !errors.Is(err, loader.ErrNotELF) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := loader.Read(bytes.NewReader(content[:200])); err == nil {
		t.Error("a file without its program headers was read")
	}
}

func TestReadSeesExecutableStack(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("SKIPPED: gcc is not installed")
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "x.c")
	if err := os.WriteFile(source, []byte("int x;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for flag, want := range map[string]bool{"noexecstack": false, "execstack": true} {
		library := filepath.Join(dir, flag+".so")
		if out, err := exec.Command("gcc", "-shared", "-fPIC", "-z", flag, "-o", library, source).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		file, err := os.Open(library)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if o, err := loader.Read(file); err != nil || o.WritesCode != want {
			t.Errorf("%s: %v, %v", flag, o.WritesCode, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	content := program(f)
	f.Add(content[:4096])
	f.Add(content)
	f.Add([]byte(elf.ELFMAG))
	f.Fuzz(func(t *testing.T, content []byte) {
		o, err := loader.Read(bytes.NewReader(content))
		if err == nil && o.Class == elf.ELFCLASS64 && len(content) < 64 {
			t.Errorf("%d bytes are an object", len(content))
		}
	})
}
