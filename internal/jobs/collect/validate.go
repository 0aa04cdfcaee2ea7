package collect

import (
	"io/fs"
	"path"
	"strings"
	"unicode"

	"fallow"
)

// The separators of columns.
const (
	SeparatorTab   = "tab"
	SeparatorComma = "comma" // with quotes as in CSV
	SeparatorSpace = "space" // runs of blanks and tabs
)

// The limits of a collector.
const (
	// MaxPatterns bounds the patterns of one CollectFiles.
	MaxPatterns = 1000
	// MaxSortKeys bounds the keys of one sort, MaxColumn the number of a column.
	MaxSortKeys = 16
	MaxColumn   = 10_000
	// MaxComment bounds the mark that begins a comment, in bytes.
	MaxComment = 16
)

// Validate checks a collector that comes from outside.
func Validate(c fallow.Collect) error {
	forms := 0
	for _, set := range []bool{c.Files != nil, c.Concat != nil, c.Table != nil, c.Stats != nil} {
		if set {
			forms++
		}
	}
	if forms > 1 {
		return fallow.Errorf(fallow.CodeInvalid, "collect has %d forms at once", forms).
			WithHint("choose one of files, concat, table and stats")
	}
	switch {
	case c.Files != nil:
		return checkPatterns(c.Files.Match)
	case c.Concat != nil:
		return checkNames(c.Concat.File, c.Concat.Into)
	case c.Table != nil:
		return checkTable(*c.Table)
	case c.Stats != nil:
		return checkStats(*c.Stats)
	}
	return nil
}

func checkPatterns(patterns []string) error {
	if len(patterns) > MaxPatterns {
		return fallow.Errorf(fallow.CodeLimit, "collect has %d patterns, more than %d (MaxPatterns)", len(patterns), MaxPatterns)
	}
	for _, p := range patterns {
		if err := CheckPattern(p); err != nil {
			return err
		}
	}
	return nil
}

// CheckPattern checks a pattern of [fallow.CollectFiles].
func CheckPattern(p string) error {
	if _, err := path.Match(p, ""); err != nil || !isName(p) {
		return fallow.Errorf(fallow.CodeInvalid, "%q is not a pattern of names under {out}", p).
			WithHint("* stands for any characters but /, ? for one, [a-z] for one of these")
	}
	return checkPrintable(p)
}

func isName(name string) bool { return fs.ValidPath(name) && name != "." }

// checkPrintable refuses names that cannot be shown: a control character would forge
// lines in a list, or order a terminal about.
func checkPrintable(name string) error {
	if strings.ContainsFunc(name, unicode.IsControl) {
		return fallow.Errorf(fallow.CodeInvalid, "%q has control characters", name).
			WithHint("give results names of printable characters")
	}
	return nil
}

func checkNames(file, into string) error {
	if err := CheckName(file); err != nil {
		return err
	}
	return CheckName(into)
}

// CheckName checks the name of a file under {out}, or of a result.
func CheckName(name string) error {
	if !isName(name) {
		return fallow.Errorf(fallow.CodeInvalid, "%q is not the name of a result file", name).
			WithHint("write it without {out}, without a leading / and without ..")
	}
	return checkPrintable(name)
}

func checkTable(c fallow.CollectTable) error {
	if err := checkNames(c.File, c.Into); err != nil {
		return err
	}
	if err := CheckSeparator(c.Separator); err != nil {
		return err
	}
	if len(c.Comment) > MaxComment {
		return fallow.Errorf(fallow.CodeLimit, "the comment mark %q has more than %d bytes (MaxComment)", c.Comment, MaxComment)
	}
	if len(c.Sort) > MaxSortKeys {
		return fallow.Errorf(fallow.CodeLimit, "sort has %d keys, more than %d (MaxSortKeys)", len(c.Sort), MaxSortKeys)
	}
	for _, key := range c.Sort {
		if err := checkColumn(key.Column); err != nil {
			return err
		}
	}
	if c.Top < 0 {
		return fallow.Errorf(fallow.CodeInvalid, "top is %d", c.Top).WithHint("top is a number of rows, 0 for all")
	}
	return nil
}

func checkStats(c fallow.CollectStats) error {
	if err := checkNames(c.File, c.Into); err != nil {
		return err
	}
	if err := CheckSeparator(c.Separator); err != nil {
		return err
	}
	return checkColumn(c.Column)
}

// CheckSeparator checks the separator of columns.
func CheckSeparator(s string) error {
	switch s {
	case SeparatorTab, SeparatorComma, SeparatorSpace:
		return nil
	}
	return fallow.Errorf(fallow.CodeInvalid, "%q is not a separator", s).
		WithHint("a separator is %s, %s or %s", SeparatorTab, SeparatorComma, SeparatorSpace)
}

func checkColumn(n int) error {
	if n < 1 || n > MaxColumn {
		return fallow.Errorf(fallow.CodeInvalid, "column %d does not exist", n).
			WithHint("columns are numbered from 1 to %d (MaxColumn)", MaxColumn)
	}
	return nil
}
