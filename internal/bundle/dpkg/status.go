package dpkg

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Limits on what is read. Debian as a whole has about 65,000 packages.
const (
	maxPackages = 200_000
	maxLine     = 1 << 20 // bytes of one line of status
)

// Package is what the database says of one package that is installed.
type Package struct {
	Name       string
	Arch       string // as Debian names it: "amd64", or "all"
	Section    string // "libs", "science", without the part of the archive
	Source     string // name of the source package; the same as Name if the database doesn't say
	Base       bool   // essential or required by itself
	Depends    [][]string
	Recommends [][]string        // as Depends: names that are alternatives stand together
	Provides   []string          // names of virtual packages
	Conffiles  map[string]string // MD5 as shipped, by path
}

// ParseStatus reads the file status and gives the packages that are installed, in
// its order. What it does not understand it passes over, as dpkg does with fields
// that it does not know.
func ParseStatus(r io.Reader) ([]Package, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	var packages []Package
	paragraph, field := map[string]string{}, ""
	end := func() {
		if p, ok := installed(paragraph); ok {
			packages = append(packages, p)
		}
		clear(paragraph)
		field = ""
	}
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.TrimSpace(line) == "":
			end()
		case line[0] == ' ' || line[0] == '\t':
			if field == "Conffiles" {
				paragraph[field] += line + "\n"
			}
		default:
			name, value, _ := strings.Cut(line, ":")
			field = name
			paragraph[field] = strings.TrimSpace(value)
		}
		if len(packages) > maxPackages {
			return nil, fmt.Errorf("more than %d packages", maxPackages)
		}
	}
	end()
	return packages, lines.Err()
}

func installed(fields map[string]string) (Package, bool) {
	p := Package{
		Name: fields["Package"], Arch: fields["Architecture"],
		Section: fields["Section"][strings.LastIndexByte(fields["Section"], '/')+1:],
		Base:    fields["Essential"] == "yes" || fields["Priority"] == "required",
		Depends: append(relations(fields["Pre-Depends"]), relations(fields["Depends"])...),
	}
	if !goodName(p.Name) || !strings.HasSuffix(fields["Status"], " installed") {
		return p, false
	}
	p.Source = p.Name
	if source, _, _ := strings.Cut(fields["Source"], " "); source != "" {
		p.Source = source
	}
	p.Recommends = relations(fields["Recommends"])
	for _, names := range relations(fields["Provides"]) {
		p.Provides = append(p.Provides, names...)
	}
	p.Conffiles = conffiles(fields["Conffiles"])
	return p, true
}

// goodName tells whether a name can't lead out of the directory of lists.
func goodName(name string) bool { return name != "" && !strings.ContainsAny(name, "/\x00") }

// relations reads "a (>= 1) | b, c:any" as [[a b] [c]]. Versions are not looked at:
// what is installed together fits together.
func relations(text string) [][]string {
	var all [][]string
	for clause := range strings.SplitSeq(text, ",") {
		var names []string
		for alternative := range strings.SplitSeq(clause, "|") {
			name := strings.TrimSpace(alternative)
			if i := strings.IndexAny(name, " (:[<"); i >= 0 {
				name = name[:i]
			}
			if goodName(name) {
				names = append(names, name)
			}
		}
		if names != nil {
			all = append(all, names)
		}
	}
	return all
}

func conffiles(text string) map[string]string {
	files := map[string]string{}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) == 2 { // a third word says obsolete
			files[words[0]] = words[1]
		}
	}
	return files
}
