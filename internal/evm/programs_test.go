package evm_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fallow"
	"fallow/internal/evm"
	"fallow/internal/evm/evmtest"
)

// TestPrograms runs what people run, unmodified, in the strict profile.
func TestPrograms(t *testing.T) {
	m := newMachine(t)
	for _, c := range []struct {
		name string
		argv []string
		out  string
	}{
		{"python3", []string{"/usr/bin/python3", "-c", "import math, json, random; print(json.dumps({'pi': round(math.pi, 4)}))"}, "{\"pi\": 3.1416}\n"},
		{"python3 threads and processes", []string{"/usr/bin/python3", "-c", `
import threading, subprocess, tempfile, os
t = threading.Thread(target=lambda: print("thread", flush=True)); t.start(); t.join()
with tempfile.NamedTemporaryFile() as f: f.write(b"x"); f.flush()
print(subprocess.run(["/bin/cat", "/etc/hostname"], capture_output=True, text=True).stdout, end="", flush=True)
pid = os.fork()
if pid == 0: os._exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`}, "thread\nevm\n3\n"},
		{"perl", []string{"/usr/bin/perl", "-e", `my %h = map { $_ => $_**2 } 1..3; print join(",", map { "$_=$h{$_}" } sort keys %h), "\n"`}, "1=1,2=4,3=9\n"},
		{"bash", []string{"/bin/bash", "-c", `a=(1 2 3); echo "${#a[@]} $((a[1]*21))"; cat <(echo sub) <<<x`}, "3 42\nsub\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := os.Stat(c.argv[0]); err != nil {
				t.Skipf("%s is not installed", c.argv[0])
			}
			if r := run(t, m, evm.Spec{Argv: c.argv}); r.out != c.out || r.Code != 0 {
				t.Errorf("output %q, want %q: %+v", r.out, c.out, r)
			}
		})
	}
}

const cProgram = `
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
static void *work(void *x) { *(double *)x = sqrt(1764); return 0; }
int main(void) {
	pthread_t t; double d; char *p = malloc(64 << 20);
	pthread_create(&t, 0, work, &d); pthread_join(t, 0);
	FILE *f = fopen("/out/c", "w"); if (!f) return 1;
	fprintf(f, "%.0f\n", d); printf("%.0f\n", d);
	free(p); return fclose(f);
}`

const goProgram = `package main
import ("fmt"; "os"; "runtime"; "sync")
func main() {
	var wg sync.WaitGroup
	sum := make([]int, 8)
	for i := range sum { wg.Add(1); go func() { defer wg.Done(); sum[i] = i }() }
	wg.Wait(); runtime.GC()
	if err := os.WriteFile("/work/x", []byte("y"), 0o644); err != nil { panic(err) }
	fmt.Println(sum)
}`

// compiled builds a program with a compiler, or skips.
func compiled(t *testing.T, source, content string, command ...string) string {
	t.Helper()
	if _, err := exec.LookPath(command[0]); err != nil {
		t.Skipf("%s is not installed", command[0])
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, source), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, output)
	}
	return filepath.Join(dir, "program")
}

func TestCompiledPrograms(t *testing.T) {
	m := newMachine(t)
	for _, c := range []struct {
		name, source, content string
		command               []string
		out                   string
	}{
		{"C", "a.c", cProgram, []string{"gcc", "-O1", "-o", "program", "a.c", "-lm", "-lpthread"}, "42\n"},
		{"Go", "a.go", goProgram, []string{"go", "build", "-o", "program", "a.go"}, "[0 1 2 3 4 5 6 7]\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := compiled(t, c.source, c.content, c.command...)
			tree := evmtest.NewTree(t).AddAt(program, "/usr/bin/program")
			r := run(t, m, evm.Spec{Tree: tree.Dir, Argv: []string{"program"}})
			if r.out != c.out || r.Code != 0 {
				t.Errorf("output %q, want %q: %+v", r.out, c.out, r)
			}
		})
	}
}

// jitTree lays out a program that makes code at run time, with the directories of
// the host that hold its parts, or skips.
func jitTree(t *testing.T, program string, systems ...string) (string, []string, string) {
	t.Helper()
	real, err := filepath.EvalSymlinks(program)
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	tree := evmtest.NewTree(t).AddProgram("/bin/sh")
	var present []string
	for _, dir := range systems {
		if _, err := os.Stat(dir); err == nil {
			tree.AddSystem(dir)
			present = append(present, dir)
		}
	}
	return tree.Dir, present, real
}

// TestJIT checks that what makes code at run time works in the jit profile and in
// no other (paper, 4.3.2: the JVM).
func TestJIT(t *testing.T) {
	m := newMachine(t)
	for _, c := range []struct {
		name, program string
		systems       []string
		args          []string
		want          string
	}{
		{"java", "/usr/bin/java", []string{"/usr/lib", "/etc/java-17-openjdk"}, []string{"-Xmx64m", "-version"}, "openjdk version"},
		{"node", "/usr/bin/node", []string{"/usr/lib", "/usr/share/nodejs"}, []string{"-e", "let s=0; for (let i=0;i<1e6;i++) s+=i; console.log(s)"}, "499999500000"},
	} {
		for _, profile := range []fallow.Profile{fallow.ProfileJIT, fallow.ProfileStrict} {
			t.Run(fmt.Sprintf("%s in %s", c.name, profile), func(t *testing.T) {
				tree, systems, program := jitTree(t, c.program, c.systems...)
				spec := evm.Spec{Tree: tree, Systems: systems, Profile: profile, Limits: evm.Limits{Memory: 2 * fallow.GiB}}
				if !strings.HasPrefix(program, "/usr/lib/") {
					spec.Tree = addProgram(t, tree, program)
				}
				spec.Argv = append([]string{program}, c.args...)
				r := run(t, m, spec)
				works := r.Code == 0 && strings.Contains(r.out+r.err, c.want)
				if works != (profile == fallow.ProfileJIT) {
					t.Errorf("works: %v\n%s%s%+v", works, r.out, r.err, r.Exit)
				}
			})
		}
	}
}

func addProgram(t *testing.T, dir, program string) string {
	t.Helper()
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, program), content, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
