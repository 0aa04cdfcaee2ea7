package recipe

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"fallow"
)

// Recipe is what one interpreter or compiler needs, or every program with one library.
type Recipe struct {
	// Name is what people call it: "python".
	Name string
	// Program matches the name of its file, links followed: "python3.11". It may be that
	// of a library.
	Program *regexp.Regexp
	// Command is the name to look for on PATH when a script doesn't say; it must start
	// the interpreter.
	Command string
	// Extensions are the ends of names of its scripts: ".py".
	Extensions []string
	// Profile is what the sandbox must allow; strict without one.
	Profile fallow.Profile
	// Modules are patterns of the directories of its library. The node's own are read
	// where it may be so, otherwise the bundle carries them.
	Modules []string
	// Carried are patterns of files and directories that the bundle carries in any
	// case.
	Carried []string
	// Needs are the names of other programs that it starts.
	Needs []string
	// Libraries are patterns of directories in which its libraries are found only if
	// LD_LIBRARY_PATH says so.
	Libraries []string
	// Env are the variables, NAME=VALUE, that it expects.
	Env []string
	// Script are the words between the interpreter and the script.
	Script []string
	// Hint tells people what wrapping can't find by itself.
	Hint string
}

// all is the table of tables.
var all = []*Recipe{
	&python, &perl, &r, &java, &node, &ruby, &tcl, &octave, &shell, &gcc, &wine,
	&openmpi,
}

// ForProgram finds the recipe for a program by the path of its file; nil without
// one.
func ForProgram(real string) *Recipe {
	return find(func(r *Recipe) bool { return r.Program.MatchString(path.Base(real)) })
}

// ForScript finds the recipe for a script by its name alone; nil without one.
func ForScript(name string) *Recipe {
	return find(func(r *Recipe) bool { return slices.Contains(r.Extensions, path.Ext(name)) })
}

// ForCommand finds the recipe of the interpreter that people start by this name.
func ForCommand(name string) *Recipe {
	return find(func(r *Recipe) bool { return r.Command == name || r.Program.MatchString(name) })
}

func find(fits func(*Recipe) bool) *Recipe {
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return all[i]
	}
	return nil
}

// Expand replaces the words of patterns for an interpreter that was named by one
// path and lies at another, on a platform with this triplet.
func (r *Recipe) Expand(patterns []string, named, real, triplet string) []string {
	version := ""
	if match := r.Program.FindStringSubmatch(path.Base(real)); match != nil {
		if i := r.Program.SubexpIndex("version"); i >= 0 {
			version = match[i]
		}
	}
	words := strings.NewReplacer(
		"{home}", strings.TrimSuffix(path.Dir(path.Dir(real)), "/"),
		"{prefix}", strings.TrimSuffix(path.Dir(path.Dir(named)), "/"),
		"{version}", version,
		"{triplet}", triplet,
	)
	expanded := make([]string, len(patterns))
	for i, pattern := range patterns {
		expanded[i] = words.Replace(pattern)
	}
	return expanded
}

// locale is what a program needs for UTF-8 text in any language, where the C library
// hasn't got it built in.
const locale = "/usr/lib/locale/C.utf8"
