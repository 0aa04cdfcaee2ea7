package dpkg

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"fallow/internal/bundle/hostroot"
)

// maxList bounds the bytes of one package's list of files.
const maxList = 64 << 20

// directory is where the database lies.
const directory = "/var/lib/dpkg"

// Database is what a machine has installed. It is not safe for concurrent use.
type Database struct {
	root     hostroot.Root
	packages []*Package
	byName   map[string]*Package
	virtual  map[string][]*Package
	lists    map[*Package][]byte // read when first asked for
}

// architectures are Debian's names for those of Go.
var architectures = map[string]string{"amd64": "amd64", "arm64": "arm64"}

// Open reads the database of a root, packages for one GOARCH only. It gives nil
// where there is none.
func Open(root hostroot.Root, goarch string) (*Database, error) {
	at, err := root.Resolve(directory + "/status")
	if err != nil || !at.Info.Mode().IsRegular() {
		return nil, nil // another distribution
	}
	file, err := root.Open(at.Path)
	if err != nil {
		return nil, fmt.Errorf("read the list of packages: %w", err)
	}
	defer file.Close()
	packages, err := ParseStatus(file)
	if err != nil {
		return nil, fmt.Errorf("read the list of packages %q: %w", at.Path, err)
	}
	db := &Database{root: root, byName: map[string]*Package{}, virtual: map[string][]*Package{}, lists: map[*Package][]byte{}}
	for i := range packages {
		if p := &packages[i]; p.Arch == architectures[goarch] || p.Arch == "all" {
			db.add(p)
		}
	}
	return db, nil
}

func (db *Database) add(p *Package) {
	db.packages = append(db.packages, p)
	db.byName[p.Name] = p
	for _, name := range p.Provides {
		db.virtual[name] = append(db.virtual[name], p)
	}
}

// Files lists the paths that came with a package, directories included. A list that
// can't be read is as good as empty.
func (db *Database) Files(p *Package) []string {
	var files []string
	for line := range bytes.Lines(db.list(p)) {
		if f := string(bytes.TrimRight(line, "\n")); path.IsAbs(f) && path.Clean(f) == f && f != "/" {
			files = append(files, f)
		}
	}
	return files
}

func (db *Database) list(p *Package) []byte {
	if list, ok := db.lists[p]; ok {
		return list
	}
	for _, name := range []string{p.Name, p.Name + ":" + p.Arch} {
		list, err := db.read(directory + "/info/" + name + ".list")
		if err == nil {
			db.lists[p] = list
			break
		}
	}
	return db.lists[p]
}

func (db *Database) read(p string) ([]byte, error) {
	file, err := os.Open(db.root.Host(p))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxList))
}

// Owners finds the packages with which files came, by path without links. A file of
// no package is not in the answer. It reads all lists, once.
func (db *Database) Owners(paths []string) map[string]*Package {
	wanted := map[string]string{}
	for _, p := range paths {
		wanted[p] = p
		if name, ok := strings.CutPrefix(p, "/usr"); ok && merged(name) {
			wanted[name] = p // lists may have the name from before directories were merged into /usr
		}
	}
	owners := map[string]*Package{}
	for _, p := range db.packages {
		for line := range bytes.Lines(db.list(p)) {
			if named, ok := wanted[string(bytes.TrimRight(line, "\n"))]; ok && owners[named] == nil {
				owners[named] = p
			}
		}
	}
	return owners
}

func merged(p string) bool {
	return slices.ContainsFunc([]string{"/bin/", "/sbin/", "/lib/", "/lib64/", "/lib32/"}, func(dir string) bool {
		return strings.HasPrefix(p, dir)
	})
}
