package seccomp

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	docker "github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// stricter are the calls that Docker's default profile allows to a container
// without capabilities and we don't, with the reason.
var stricter = map[string]string{
	"capset":            "a job has no capabilities to set",
	"epoll_ctl_old":     "not in any kernel",
	"epoll_wait_old":    "not in any kernel",
	"io_cancel":         "no use without io_setup",
	"io_destroy":        "no use without io_setup",
	"io_getevents":      "no use without io_setup",
	"io_pgetevents":     "no use without io_setup",
	"io_setup":          "takes from a stock that the whole machine shares, fs.aio-max-nr",
	"io_submit":         "no use without io_setup",
	"fanotify_mark":     "no use without fanotify_init",
	"get_thread_area":   "not in 64-bit kernels",
	"ioprio_set":        "would leave the idle class of disk access",
	"listmount":         "mountinfo tells the same; shows more of the host than a job needs",
	"memfd_create":      "memory files can be run and mapped as code, which noexec mounts can't prevent",
	"memfd_secret":      "memory that the desktop's owner can't page out or look at",
	"modify_ldt":        "16- and 32-bit segments: no 32-bit programs here",
	"name_to_handle_at": "handles lead around mounts",
	"openat2":           "its flags and mode lie in memory, where no filter can look for setuid bits",
	"process_mrelease":  "for out-of-memory killers",
	"process_vm_readv":  "reads other processes",
	"process_vm_writev": "writes into other processes, code included",
	"ptrace":            "writes into other processes, code included",
	"remap_file_pages":  "emulated since 4.0, and a way around checks of mmap",
	"set_thread_area":   "not in 64-bit kernels",
	"statmount":         "mountinfo tells the same; shows more of the host than a job needs",
	"sync":              "would flush the file systems of the desktop's owner",
	"syncfs":            "would flush the file systems of the desktop's owner",
	"vmsplice":          "a long record of holes, and hardly a user",
}

// looser are the calls that we allow and Docker's profile doesn't.
var looser = map[string]string{
	"uprobe": "put into probed programs by the kernel itself, as uretprobe is",
}

func TestDifferencesFromDockerHaveReasons(t *testing.T) {
	numbers := callNumbers(t)
	theirs := dockerAllows()
	ours := map[string]bool{}
	table := strict.table()
	for name, number := range numbers {
		r := table[number]
		ours[name] = slices.ContainsFunc(r, func(c clause) bool { return c.verdict == allow })
	}
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		compare(t, name, theirs[name] && !ours[name], stricter)
		compare(t, name, ours[name] && !theirs[name], looser)
	}
}

// compare wants a reason exactly where there is a difference.
func compare(t *testing.T, name string, differs bool, reasons map[string]string) {
	t.Helper()
	switch reason := reasons[name]; {
	case differs && reason == "":
		t.Errorf("%s: differs from Docker's profile without a reason", name)
	case !differs && reason != "":
		t.Errorf("%s: does not differ from Docker's profile, but has the reason %q", name, reason)
	}
}

// dockerAllows names what Docker's profile allows, with or without conditions on
// arguments, to a container without capabilities on this architecture.
func dockerAllows() map[string]bool {
	names := map[string]bool{}
	for _, group := range docker.DefaultProfile().Syscalls {
		in := group.Includes
		applies := in == nil || len(in.Caps) == 0 && (len(in.Arches) == 0 || slices.Contains(in.Arches, runtime.GOARCH))
		if !applies || group.Action != specs.ActAllow {
			continue
		}
		for _, name := range group.Names {
			names[name] = true
		}
	}
	return names
}

// callNumbers reads this architecture's numbers, by name, from the source of x/sys.
func callNumbers(t *testing.T) map[string]int {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	if err != nil {
		t.Fatalf("find the source of golang.org/x/sys: %v", err)
	}
	file := filepath.Join(strings.TrimSpace(string(dir)), "unix", "zsysnum_linux_"+runtime.GOARCH+".go")
	source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]int{}
	ast.Inspect(source, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			literal, _ := spec.Values[0].(*ast.BasicLit)
			number, err := strconv.Atoi(literal.Value)
			if err == nil {
				numbers[strings.ToLower(strings.TrimPrefix(spec.Names[0].Name, "SYS_"))] = number
			}
		}
		return true
	})
	if len(numbers) < 300 {
		t.Fatalf("only %d numbers in %s", len(numbers), file)
	}
	return numbers
}
