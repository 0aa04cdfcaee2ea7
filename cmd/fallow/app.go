package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fallow"
	"fallow/internal/bundle"
	"fallow/internal/jobs/jobfile"
)

// appRequest says what to wrap for a job: the files that its app names, of which
// those that can be executed are programs, and the command's first word, unless that
// is one of them. Paths are relative to dir, the job file's folder, which is absolute.
func appRequest(file *jobfile.File, dir string) bundle.Request {
	app := file.App
	req := bundle.Request{Profile: file.Needs.Sandbox, ShellText: bundle.ShellText(file.Command)}
	if app.Script != "" {
		req.Scripts = []string{below(dir, app.Script)}
	}
	for _, file := range app.Files {
		if p := below(dir, file); isProgram(p) {
			req.Programs = append(req.Programs, p)
		} else {
			req.Extra = append(req.Extra, bundle.Extra{Host: p})
		}
	}
	for _, with := range app.With {
		req.Extra = append(req.Extra, bundle.Extra{Host: below(dir, with.From), Path: with.At})
	}
	first := file.Command[0]
	if !strings.ContainsAny(first, "{}") && !named(first, req.Programs) && !named(first, req.Scripts) {
		if strings.Contains(first, "/") { // else it is looked up on PATH
			first = below(dir, first)
		}
		req.Programs = append(req.Programs, first)
	}
	return req
}

// below gives a path that may be relative to dir.
func below(dir, p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(dir, p)
}

// isProgram tells whether a file can be executed.
func isProgram(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// named tells whether one of the paths has the base name of word.
func named(word string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return filepath.Base(p) == filepath.Base(word) })
}

// useEntry makes the command's first word the name of an entry, by which a node
// finds the program: "./bin/fold" becomes "fold".
func useEntry(spec *fallow.JobSpec, m fallow.Manifest) error {
	first := spec.Command[0]
	if strings.ContainsAny(first, "{}") {
		return nil
	}
	name := filepath.Base(first)
	if !slices.ContainsFunc(m.Entries, func(e fallow.Entry) bool { return e.Name == name }) {
		return fallow.Errorf(fallow.CodeInvalid, "run: %q is none of the programs that were wrapped", first).
			WithHint("begin the command with the name of a program, or name its file under app")
	}
	spec.Command = append([]string{name}, spec.Command[1:]...)
	return nil
}
