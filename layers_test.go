package fallow_test

import (
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each rule keeps one package from reaching others, directly or through what it
// imports, and says why.
var layers = []struct {
	pkg  string
	not  []string // prefixes of import paths
	only []string // prefixes; when given, nothing else outside the standard library
	why  string
}{{
	pkg:  "fallow",
	only: []string{"fallow"},
	why:  "the domain is words, free of any technology",
}, {
	pkg: "fallow/internal/scheduler",
	not: []string{"fallow/internal/store", "fallow/internal/rpc", "net/http", "database/sql", "os/exec"},
	why: "scheduling is a pure function from a snapshot to a plan",
}, {
	pkg: "fallow/internal/blame",
	not: []string{"fallow/internal", "net", "database/sql", "os/exec"},
	why: "judging an outcome is a pure function",
}, {
	pkg: "fallow/internal/jobs/split",
	not: []string{"fallow/internal/store", "fallow/internal/server", "net", "database/sql"},
	why: "a split yields points and knows nothing of where they go",
}, {
	pkg: "fallow/cmd/fallow-agent",
	not: []string{
		"fallow/internal/store", "fallow/internal/server", "fallow/internal/scheduler", "fallow/internal/blame",
		"fallow/internal/jobs", "fallow/internal/client", "fallow/internal/nodes/pki", "fallow/internal/nodes/verify",
		"database/sql", "modernc.org", "github.com/pressly", "github.com/goccy", "github.com/expr-lang",
	},
	why: "the desktop daemon stays small and free of server code",
}, {
	pkg:  "fallow/cmd/fallow-init",
	only: []string{"fallow", "golang.org/x/sys", "github.com/landlock-lsm/go-landlock/landlock/syscall", "kernel.org/pub/linux/libs/security/libcap/psx"},
	not:  []string{"net/http", "crypto/tls", "fallow/internal/agent", "fallow/internal/rpc", "encoding/json", "log/slog"},
	why:  "PID 1 of every sandbox starts in a millisecond only if it is small",
}}

func TestLayers(t *testing.T) {
	for _, rule := range layers {
		t.Run(rule.pkg, func(t *testing.T) {
			for _, dep := range dependencies(t, rule.pkg) {
				if reaches(dep, rule.not) {
					t.Errorf("%s reaches %s, but %s", rule.pkg, dep, rule.why)
				}
				if rule.only != nil && !standard(dep) && !reaches(dep, rule.only) {
					t.Errorf("%s reaches %s, but %s", rule.pkg, dep, rule.why)
				}
			}
		})
	}
}

func dependencies(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", pkg).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	deps := strings.Fields(string(out))
	return slices.DeleteFunc(deps, func(dep string) bool { return dep == pkg })
}

func reaches(dep string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return dep == prefix || strings.HasPrefix(dep, prefix+"/")
	})
}

// standard tells the standard library's packages, which have no dot in their first
// element, from modules.
func standard(dep string) bool {
	first, _, _ := strings.Cut(dep, "/")
	return first != "fallow" && !strings.Contains(first, ".")
}

// Every package says in its first sentence what its one idea is.
func TestEveryPackageHasOneDoc(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}\t{{.ImportPath}}\t{{.Name}}", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		dir, rest, _ := strings.Cut(strings.TrimSpace(line), "\t")
		path, name, _ := strings.Cut(rest, "\t")
		want := "Package " + name + " "
		if name == "main" {
			want = "Command " + filepath.Base(dir) + " "
		}
		if docs := packageDocs(t, dir); len(docs) != 1 || !strings.HasPrefix(docs[0], want) {
			t.Errorf("%s has %d package docs, want one that begins with %q", path, len(docs), want)
		}
	}
}

func packageDocs(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var docs []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") && !strings.HasSuffix(file, "doc_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		if parsed.Doc != nil {
			docs = append(docs, parsed.Doc.Text())
		}
	}
	return docs
}
