package evm

import (
	"io"
	"path/filepath"
	"strings"

	"fallow"
)

// Spec says what to run and within what.
type Spec struct {
	Name    string         // required: the attempt's name, of letters, digits, '.', '-' and '_'; unique among what runs
	Profile fallow.Profile // default [fallow.ProfileStrict]

	// Tree is required: a host directory that holds the verified bundle laid out
	// as a root. It is read-only in the sandbox and the only place, with Systems,
	// whose files can be executed. It must hold an empty directory for each of
	// Systems that lies below one of its own top directories. It may not bring
	// /in, /work, /out, /tmp, /dev or /proc.
	Tree string
	// Systems are host directories that appear read-only at their own path.
	Systems []string
	// In, Work and Out are host directories that appear as /in (read-only), /work
	// (the working directory) and /out. An empty name makes an empty directory in
	// memory. As root, Start gives Work and Out with all that they hold to the
	// sandbox's user, and what is in In and Tree must be readable by others.
	In, Work, Out string

	Argv   []string // required: a path in the sandbox, or a name to look up in PATH, and arguments
	Env    []string // NAME=VALUE; PATH, HOME, TMPDIR and LANG have defaults
	Limits Limits

	// Stdout and Stderr receive what the program writes; nil discards it. Each is
	// written to by one goroutine; the same writer may be given for both if it
	// allows that. The program itself sees pipes, never these.
	Stdout, Stderr io.Writer
}

// defaultEnv is what every program may count on.
var defaultEnv = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/work", "TMPDIR=/tmp", "LANG=C.UTF-8"}

// MaxName bounds a run's name.
const MaxName = 128

// withDefaults fills what was left open.
func (s Spec) withDefaults() Spec {
	fill(&s.Profile, fallow.ProfileStrict)
	s.Limits = s.Limits.withDefaults()
	env := make([]string, 0, len(defaultEnv)+len(s.Env))
	for _, variable := range defaultEnv {
		if !defines(s.Env, variable) {
			env = append(env, variable)
		}
	}
	s.Env = append(env, s.Env...)
	fill(&s.Stdout, io.Discard)
	fill(&s.Stderr, io.Discard)
	return s
}

func defines(env []string, variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	for _, given := range env {
		if strings.HasPrefix(given, name+"=") {
			return true
		}
	}
	return false
}

// check refuses a spec that can't be run by any machine.
func (s Spec) check() error {
	switch {
	case !validName(s.Name):
		return fallow.Errorf(fallow.CodeInvalid, "run name %q is not 1 to %d letters, digits, '.', '-' and '_'", s.Name, MaxName)
	case s.Profile != fallow.ProfileStrict && s.Profile != fallow.ProfileJIT:
		return fallow.Errorf(fallow.CodeInvalid, "run %s: profile %q is neither strict nor jit", s.Name, s.Profile)
	case len(s.Argv) == 0 || s.Argv[0] == "":
		return fallow.Errorf(fallow.CodeInvalid, "run %s: no command", s.Name)
	case s.Tree == "":
		return fallow.Errorf(fallow.CodeInvalid, "run %s: no tree to run in", s.Name)
	}
	for _, path := range append([]string{s.Tree, s.In, s.Work, s.Out}, s.Systems...) {
		if path != "" && (!filepath.IsAbs(path) || filepath.Clean(path) != path) {
			return fallow.Errorf(fallow.CodeInvalid, "run %s: path %q is not absolute and clean", s.Name, path)
		}
	}
	for _, text := range append(s.Argv, s.Env...) {
		if strings.ContainsRune(text, 0) {
			return fallow.Errorf(fallow.CodeInvalid, "run %s: %q holds a zero byte", s.Name, text)
		}
	}
	return s.Limits.check()
}

func validName(name string) bool {
	if name == "" || len(name) > MaxName || strings.Trim(name, ".") == "" {
		return false
	}
	for _, c := range name {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && !strings.ContainsRune(".-_", c) {
			return false
		}
	}
	return true
}
