package jobs

import (
	"io/fs"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"fallow"
	"fallow/internal/jobs/collect"
	"fallow/internal/jobs/command"
	"fallow/internal/jobs/split"
)

// Validate checks a job that comes from outside, all but its bundle and the content
// of its files. The error is a [fallow.CodeInvalid] or [fallow.CodeLimit] and names
// what is wrong.
func Validate(s fallow.JobSpec) error {
	if err := CheckName(s.Name); err != nil {
		return err
	}
	if err := split.Validate(s.Split); err != nil {
		return err
	}
	if err := CheckCommand(s.Command, s.Env, split.NamesOf(s.Split)); err != nil {
		return err
	}
	if err := CheckInputs(s.Inputs); err != nil {
		return err
	}
	if err := collect.Validate(s.Collect); err != nil {
		return err
	}
	if err := CheckNeeds(s.Needs); err != nil {
		return err
	}
	if err := CheckPriority(s.Priority); err != nil {
		return err
	}
	return CheckRetries(s.Retries)
}

// CheckName checks the name of a job: printable text on one line.
func CheckName(name string) error {
	if name == "" {
		return fallow.Errorf(fallow.CodeInvalid, "the job has no name")
	}
	if len(name) > MaxName {
		return fallow.Errorf(fallow.CodeLimit, "the job's name has %d bytes, more than %d (MaxName)", len(name), MaxName)
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fallow.Errorf(fallow.CodeInvalid, "the job's name %q is not printable text on one line", name)
	}
	return nil
}

// CheckPriority checks the priority of a job.
func CheckPriority(p int) error {
	if p < -MaxPriority || p > MaxPriority {
		return fallow.Errorf(fallow.CodeLimit, "priority %d is not between %d and %d (MaxPriority)", p, -MaxPriority, MaxPriority)
	}
	return nil
}

// CheckRetries checks how often a job wants its subjobs tried again.
func CheckRetries(n int) error {
	if n < 0 || n > fallow.MaxRetries {
		return fallow.Errorf(fallow.CodeLimit, "retries %d is not between 0 and %d (MaxRetries)", n, fallow.MaxRetries)
	}
	return nil
}

// CheckCommand checks a command and its environment: limits, and that all
// placeholders stand for something.
func CheckCommand(words, env []string, names split.Names) error {
	if len(words) == 0 || words[0] == "" {
		return fallow.Errorf(fallow.CodeInvalid, "the job has no command")
	}
	if len(words) > fallow.MaxCommandWords {
		return fallow.Errorf(fallow.CodeLimit, "the command has %d words, more than %d (MaxCommandWords)", len(words), fallow.MaxCommandWords)
	}
	size := 0
	for _, word := range words {
		size += len(word) + 1
		if err := checkTemplate(word, names); err != nil {
			return err
		}
	}
	if fallow.Size(size) > fallow.MaxCommandSize {
		return fallow.Errorf(fallow.CodeLimit, "the command is longer than %s (MaxCommandSize)", fallow.MaxCommandSize)
	}
	return checkEnv(env, names)
}

func checkTemplate(word string, names split.Names) error {
	if !utf8.ValidString(word) || strings.IndexByte(word, 0) >= 0 {
		return fallow.Errorf(fallow.CodeInvalid, "the word %q is not text", word)
	}
	used, err := command.Placeholders([]string{word})
	if err != nil {
		return err
	}
	for _, name := range used {
		if !Defined(name, names) {
			return fallow.Errorf(fallow.CodeInvalid, "nothing defines the placeholder {%s} in %q", name, word).
				WithHint("define it in split, or write {{%s}} for the literal text", name)
		}
	}
	return nil
}

// Defined tells whether a placeholder stands for something in a job whose split
// defines names.
func Defined(placeholder string, names split.Names) bool {
	return placeholder == "in" || placeholder == "out" || placeholder == "index" || names.Has(placeholder)
}

func checkEnv(env []string, names split.Names) error {
	if len(env) > MaxEnv {
		return fallow.Errorf(fallow.CodeLimit, "the job sets %d environment variables, more than %d (MaxEnv)", len(env), MaxEnv)
	}
	seen := map[string]bool{}
	for _, entry := range env {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || !IsEnvName(name) {
			return fallow.Errorf(fallow.CodeInvalid, "%q is not an environment variable", entry).
				WithHint("a name is made of letters, digits and underscores, a letter first")
		}
		if seen[name] {
			return fallow.Errorf(fallow.CodeInvalid, "the environment variable %q is set twice", name)
		}
		seen[name] = true
		if fallow.Size(len(value)) > fallow.MaxCommandSize {
			return fallow.Errorf(fallow.CodeLimit, "the environment variable %q is longer than %s (MaxCommandSize)", name, fallow.MaxCommandSize)
		}
		if strings.ContainsFunc(value, unprintable) {
			return fallow.Errorf(fallow.CodeInvalid, "the environment variable %q has control characters: %q", name, value).
				WithHint("put text of several lines into an input file")
		}
		if err := checkTemplate(value, names); err != nil {
			return err
		}
	}
	return nil
}

// unprintable are the characters that no environment variable may have: they would
// forge lines where the job is shown, and NUL would end the value.
func unprintable(r rune) bool { return unicode.IsControl(r) && r != '\t' }

// IsEnvName tells whether name can name an environment variable (POSIX.1-2024,
// XBD 8.1).
func IsEnvName(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z')
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// CheckInputName checks where an input file is to appear under {in}.
func CheckInputName(name string) error {
	if len(name) > MaxInputName {
		return fallow.Errorf(fallow.CodeLimit, "an input's name has %d bytes, more than %d (MaxInputName)", len(name), MaxInputName)
	}
	if !fs.ValidPath(name) || name == "." || strings.ContainsFunc(name, unicode.IsControl) {
		return fallow.Errorf(fallow.CodeInvalid, "%q is not a name under {in}", name).
			WithHint("a name is relative, is separated by /, and has no . or .. and no control characters in it")
	}
	first, _, _ := strings.Cut(name, "/")
	if command.IsReserved(first) && strings.HasPrefix(first, command.SliceName(0)) {
		return fallow.Errorf(fallow.CodeInvalid, "the input %q would lie where slices do", name).
			WithHint("give it another name by {from: FILE, as: NAME}")
	}
	return nil
}

// CheckInputs checks the input files of a job: names, digests, and that no file is
// the folder of another.
func CheckInputs(inputs []fallow.InputFile) error {
	if len(inputs) > fallow.MaxJobInputs {
		return fallow.Errorf(fallow.CodeLimit, "the job has %d input files, more than %d (MaxJobInputs)", len(inputs), fallow.MaxJobInputs)
	}
	files := map[string]bool{}
	for _, input := range inputs {
		if err := CheckInputName(input.Name); err != nil {
			return err
		}
		if input.Digest.IsZero() || input.Size < 0 || input.Size > int64(fallow.MaxFile) {
			return fallow.Errorf(fallow.CodeInvalid, "the input %q has no digest, or a size of %d", input.Name, input.Size)
		}
		if files[input.Name] {
			return fallow.Errorf(fallow.CodeInvalid, "two inputs are called %q", input.Name).
				WithHint("give one another name by {from: FILE, as: NAME}")
		}
		files[input.Name] = true
	}
	for _, input := range inputs {
		for dir := path.Dir(input.Name); dir != "."; dir = path.Dir(dir) {
			if files[dir] {
				return fallow.Errorf(fallow.CodeInvalid, "the input %q is a file, and a folder of %q", dir, input.Name)
			}
		}
	}
	return nil
}
