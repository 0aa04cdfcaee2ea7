package dpkg_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fallow/internal/bundle/dpkg"
	"fallow/internal/bundle/hostroot"
)

const status = `Package: core
Essential: yes
Status: install ok installed
Architecture: amd64
Pre-Depends: libcore (>= 2.1)

Package: libcore
Status: install ok installed
Architecture: amd64
Section: libs

Package: tool
Status: install ok installed
Architecture: amd64
Section: contrib/science
Source: toolbox (1:1.0-1)
Depends: libtool:any (>= 1) | other, core, virtual
Recommends: tool-data, extra
Conffiles:
 /etc/tool/tool.conf 0123456789abcdef0123456789abcdef
 /etc/tool/old 0123456789abcdef0123456789abcdef obsolete
Description: a tool
 with a long
 .
 description

Package: libtool
Status: install ok installed
Architecture: amd64

Package: real
Status: install ok installed
Architecture: all
Provides: virtual (= 1)

Package: tool-data
Status: install ok installed
Architecture: all
Source: toolbox

Package: extra
Status: install ok installed
Architecture: all

Package: gone
Status: deinstall ok config-files
Architecture: amd64

Package: tool
Status: install ok installed
Architecture: i386
`

func open(t *testing.T) *dpkg.Database {
	t.Helper()
	root := t.TempDir()
	files := map[string]string{
		"status":                  status,
		"info/tool.list":          "/.\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/../etc/passwd\nrelative\n",
		"info/libtool:amd64.list": "/lib/libtool.so.1\n",
	}
	for name, text := range files {
		p := filepath.Join(root, "var/lib/dpkg", name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	db, err := dpkg.Open(hostroot.Root(root), "amd64")
	if err != nil || db == nil {
		t.Fatalf("Open: %v, %v", db, err)
	}
	return db
}

func names(packages []*dpkg.Package) string {
	var all []string
	for _, p := range packages {
		all = append(all, p.Name)
	}
	return strings.Join(all, " ")
}

func TestDatabase(t *testing.T) {
	db := open(t)
	owners := db.Owners([]string{"/usr/bin/tool", "/usr/lib/libtool.so.1", "/usr/bin/none"})
	tool := owners["/usr/bin/tool"]
	if tool == nil || tool.Name != "tool" || tool.Section != "science" || tool.Source != "toolbox" {
		t.Fatalf("the owner of /usr/bin/tool is %+v", tool)
	}
	if p := owners["/usr/lib/libtool.so.1"]; p == nil || p.Name != "libtool" || len(owners) != 2 {
		t.Errorf("owners: %v", owners)
	}
	base := db.Base()
	got := names(db.Closure([]*dpkg.Package{tool}, func(p *dpkg.Package) bool { return base[p] }))
	if want := "tool libtool real"; got != want {
		t.Errorf("tool needs %q, want %q", got, want)
	}
	if got := names(db.Companions(tool)); got != "tool-data" {
		t.Errorf("its companions are %q", got)
	}
	if diff := cmp.Diff([]string{"/usr", "/usr/bin", "/usr/bin/tool"}, db.Files(tool)); diff != "" {
		t.Errorf("its files:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"/etc/tool/tool.conf": "0123456789abcdef0123456789abcdef"}, tool.Conffiles); diff != "" {
		t.Errorf("its configuration:\n%s", diff)
	}
}

func TestOpenWithoutDatabase(t *testing.T) {
	db, err := dpkg.Open(hostroot.Root(t.TempDir()), "amd64")
	if db != nil || err != nil {
		t.Errorf("Open: %v, %v", db, err)
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add(status)
	f.Add("Package: ../x\nStatus: a b installed\nDepends: |,(\n")
	f.Add(" continued\n\n:\n")
	f.Fuzz(func(t *testing.T, text string) {
		packages, err := dpkg.ParseStatus(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, p := range packages {
			if p.Name == "" || strings.Contains(p.Name, "/") || p.Source == "" {
				t.Errorf("package %+v", p)
			}
			for _, alternatives := range p.Depends {
				if len(alternatives) == 0 {
					t.Errorf("package %q needs one of nothing", p.Name)
				}
			}
		}
	})
}
