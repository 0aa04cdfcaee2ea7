package bundle

import (
	"slices"

	"fallow"
)

// checkEntries sees that every entry has a name of its own and starts a program
// that the bundle has, or that one of its systems may have.
func checkEntries(m fallow.Manifest) error {
	if len(m.Entries) == 0 {
		return invalid("bundle %q has no entries, so nothing could be started", m.Name)
	}
	if len(m.Entries) > MaxEntries {
		return fallow.Errorf(fallow.CodeLimit, "bundle %q has %d entries, MaxEntries allows %d", m.Name, len(m.Entries), MaxEntries)
	}
	targets := make(map[string]string, len(m.Links))
	for _, l := range m.Links {
		targets[l.Path] = l.Target
	}
	programs := map[string]bool{}
	for _, f := range m.Files {
		programs[f.Path] = f.Exec
	}
	names := map[string]bool{}
	for _, e := range m.Entries {
		if !namePattern.MatchString(e.Name) || names[e.Name] {
			return invalid("entry %q of bundle %q is not a name, or repeated", e.Name, m.Name)
		}
		names[e.Name] = true
		if err := checkArgv(m.Name, e); err != nil {
			return err
		}
		end, err := follow(targets, e.Argv[0])
		if err != nil || !programs[end] && !slices.ContainsFunc(m.Systems, func(s string) bool { return within(s, end) }) {
			return invalid("entry %q of bundle %q starts %q, which is no program of the bundle", e.Name, m.Name, e.Argv[0])
		}
	}
	return nil
}

func checkArgv(bundle string, e fallow.Entry) error {
	if len(e.Argv) == 0 || len(e.Argv) > fallow.MaxCommandWords {
		return invalid("entry %q of bundle %q has %d words", e.Name, bundle, len(e.Argv))
	}
	for _, word := range e.Argv {
		if !plain(word) || len(word) > MaxWord {
			return invalid("entry %q of bundle %q has a word that is not plain UTF-8 text: %.80q", e.Name, bundle, word)
		}
	}
	return checkPath(e.Argv[0])
}
