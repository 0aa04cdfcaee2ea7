package bundle_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fallow"
	"fallow/internal/bundle"
	"fallow/internal/bundle/tree"
)

func wrap(t *testing.T, req bundle.Request) *bundle.Wrapped {
	t.Helper()
	wrapped, err := bundle.Wrap(t.Context(), req)
	if err != nil {
		t.Fatalf("Wrap: %v", err)
	}
	return wrapped
}

// need skips a test where a program isn't installed, and says so.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("SKIPPED: %s is not installed", program)
	}
}

// lay makes a tree of a bundle.
func lay(t *testing.T, wrapped *bundle.Wrapped) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tree")
	open := func(d fallow.Digest) (io.ReadCloser, error) { return os.Open(wrapped.Sources[d]) }
	if err := tree.Lay(t.Context(), dir, wrapped.Manifest, open); err != nil {
		t.Fatalf("Lay: %v", err)
	}
	return dir
}

// run starts an entry of a bundle with its tree as the root directory. What a sandbox
// mounts, the systems, /dev and /proc, is mounted in a mount namespace of its own, and
// a process namespace ends all that the program starts: nothing outlives it.
func run(t *testing.T, wrapped *bundle.Wrapped, args ...string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: chroot needs root")
	}
	dir := lay(t, wrapped)
	if err := os.Mkdir(filepath.Join(dir, "tmp"), 0o777); err != nil { // a sandbox has one
		t.Fatal(err)
	}
	for _, name := range []string{"dev", "proc"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script := "set -e; mount --make-rprivate /; mount -t proc proc " + dir + "/proc\n"
	for _, s := range append([]string{"/dev"}, wrapped.Manifest.Systems...) {
		script += "mount --rbind " + s + " " + dir + s + "\n"
	}
	script += `exec chroot "$@"`
	argv := slices.Concat([]string{"-c", script, "sh", dir}, wrapped.Manifest.Entries[0].Argv, args)
	cmd := exec.Command("/bin/sh", argv...)
	cmd.Env = append([]string{"HOME=/tmp", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, wrapped.Manifest.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v in its tree: %v\n%s", wrapped.Manifest.Entries[0].Argv, err, out)
	}
	return string(out)
}

func script(t *testing.T, name, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

var lddLine = regexp.MustCompile(`(/\S+) \(0x`)

// late are the libraries that ldd does not know of, because glibc loads them later.
var late = regexp.MustCompile(`/(libgcc_s|libnss_[a-z]+)\.so\.`)

func TestWrapFindsWhatTheLoaderLoads(t *testing.T) {
	need(t, "ldd")
	for _, program := range []string{"hmmsearch", "true", "bash", "perl", "python3", "node", "git", "gdb", "tclsh"} {
		t.Run(program, func(t *testing.T) {
			p := "/usr/bin/" + program
			need(t, p)
			out, err := exec.Command("ldd", p).Output()
			if err != nil {
				t.Skipf("SKIPPED: ldd %s: %v", p, err)
			}
			real, _ := filepath.EvalSymlinks(p)
			want := map[string]bool{real: true}
			for _, match := range lddLine.FindAllStringSubmatch(string(out), -1) {
				real, _ := filepath.EvalSymlinks(match[1])
				want[real] = true
			}
			// Copied under another name, an interpreter is an ordinary program.
			copied := filepath.Join(t.TempDir(), "program")
			copyFile(t, real, copied)
			got := map[string]bool{}
			for _, f := range wrap(t, bundle.Request{Programs: []string{copied}, Bare: true}).Manifest.Files {
				if !late.MatchString(f.Path) {
					got[strings.Replace(f.Path, "/app/host"+copied, real, 1)] = true
				}
			}
			for p := range want {
				if late.MatchString(p) {
					delete(want, p)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("closure of %s, ldd against Wrap:\n%s", p, diff)
			}
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestWrappedProgramsRunInTheirTree(t *testing.T) {
	for _, test := range []struct {
		name, needs string
		request     bundle.Request
		args        []string
		want        string
	}{
		{"hmmsearch", "hmmsearch", bundle.Request{Programs: []string{"hmmsearch"}}, []string{"-h"}, "search profile"},
		{"true", "true", bundle.Request{Programs: []string{"/bin/true"}}, nil, ""},
		{"bash", "bash", bundle.Request{Programs: []string{"bash"}}, []string{"-c", "echo $((6*7))"}, "42"},
		{"sh by system", "perl", bundle.Request{Programs: []string{"perl", "sh"}}, []string{"-e", `system("echo 4; echo 2 | read x")`}, "4"},
		{"perl", "perl", bundle.Request{Programs: []string{"perl"}}, []string{"-MList::Util=sum", "-e", "print sum(20,22)"}, "42"},
		{"python", "python3", bundle.Request{Programs: []string{"python3"}}, []string{"-c", "import ssl, sqlite3, json; print(6*7)"}, "42"},
		{"java", "java", bundle.Request{Programs: []string{"java"}}, []string{"-Xshare:off", "-version"}, "OpenJDK"},
		{"node", "node", bundle.Request{Programs: []string{"node"}}, []string{"-e", "console.log(6*7)"}, "42"},
		{"tclsh", "tclsh", bundle.Request{Scripts: []string{script(t, "x.tcl", "puts [clock format 0 -format %Y -gmt 1]\n")}}, nil, "1970"},
		{"ruby", "ruby", bundle.Request{Scripts: []string{script(t, "x.rb", "#!/usr/bin/env ruby\nrequire 'json'\nputs JSON.dump([42])\n")}}, nil, "[42]"},
		{"Rscript", "Rscript", bundle.Request{Scripts: []string{script(t, "x.R", "#!/usr/bin/env Rscript\ncat(median(c(41,42,43)), '\\n')\n")}}, nil, "42"},
		{"wine", "wine", bundle.Request{Programs: []string{"wine"}}, []string{"cmd", "/c", "echo %OS%"}, "Windows_NT"},
		{"python script", "python3", bundle.Request{Scripts: []string{script(t, "x.py", "#!/usr/bin/env -S python3 -u\nimport sys; print(sys.argv[1:])\n")}}, []string{"a", "b c"}, "['a', 'b c']"},
		{"shell script", "sh", bundle.Request{Scripts: []string{script(t, "x.sh", "#!/bin/sh -e\necho $((6*7))\n")}}, nil, "42"},
	} {
		t.Run(test.name, func(t *testing.T) {
			need(t, test.needs)
			if got := run(t, wrap(t, test.request), test.args...); !strings.Contains(got, test.want) {
				t.Errorf("it says %q, want %q in it", got, test.want)
			}
		})
	}
}

func TestWrapRefusesWithAllReasons(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o755); err != nil {
		t.Fatal(err)
	}
	setuid := filepath.Join(dir, "setuid")
	copyFile(t, "/bin/true", setuid)
	if err := os.Chmod(setuid, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(dir, "foreign")
	content, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	content[18] = 243 // e_machine: RISC-V
	if err := os.WriteFile(foreign, content, 0o755); err != nil {
		t.Fatal(err)
	}
	narrow := filepath.Join(dir, "narrow")
	content[4] = 1 // EI_CLASS: 32 bits
	if err := os.WriteFile(narrow, content, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = bundle.Wrap(t.Context(), bundle.Request{
		Programs: []string{fifo, setuid, foreign, narrow, "no-such-program", "/dev/null", script(t, "plain", "just text")},
		Scripts: []string{
			script(t, "a.py", "#!/no/such/interpreter\n"),
			script(t, "b.py", "#!/usr/bin/env python3\r\n"),
			script(t, "unknown.xyz", "text"),
			"/bin/true",
		},
	})
	refusals, ok := errors.AsType[bundle.Refusals](err)
	if !ok || fallow.CodeOf(err) != fallow.CodeUnsupported {
		t.Fatalf("Wrap: %v, want refusals", err)
	}
	text := refusals.Error()
	for _, want := range []string{
		"fifo: it is no regular file", "setuid: it changes its user", "riscv, not for", "32-bit",
		"no-such-program: there is no program of this name in any directory of PATH", "/dev/null: it is no regular file", "plain: it is neither",
		"/no/such/interpreter: file does not exist", "CR LF", "unknown.xyz: it is neither", "/bin/true: it is a native program",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("refusals lack %q:\n%s", want, text)
		}
	}
}
