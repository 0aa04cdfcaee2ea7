package jobfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fallow"
)

// position is a place in a job file: line and column from 1, in characters.
type position struct{ line, column int }

// source is the text of a job file and what was found to be wrong with it.
type source struct {
	name     string
	lines    []string
	problems []Problem
}

// excerptWidth bounds the part of a line that is shown, in characters.
const excerptWidth = 100

// problem notes that something is wrong at a place.
func (s *source) problem(at position, hint, format string, args ...any) {
	if len(s.problems) >= MaxProblems {
		return
	}
	at.line, at.column = max(at.line, 1), max(at.column, 1)
	s.problems = append(s.problems, Problem{Line: at.line, Column: at.column,
		Message: fmt.Sprintf(format, args...), Hint: hint, Excerpt: s.excerpt(at)})
}

// fail notes an error of another package at a place.
func (s *source) fail(at position, err error) {
	s.problem(at, fallow.HintOf(err), "%s", err.Error())
}

// err gives what is wrong, as an error; nil if nothing is.
func (s *source) err() error {
	if len(s.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(s.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return &Errors{File: s.name, Problems: slices.Compact(s.problems)}
}

// line gives a line's characters; none for a line that does not exist.
func (s *source) line(number int) []rune {
	if number < 1 || number > len(s.lines) {
		return nil
	}
	return []rune(strings.TrimRight(s.lines[number-1], "\r"))
}

// excerpt shows a line with a caret below the column.
func (s *source) excerpt(at position) string {
	line := s.line(at.line)
	if len(line) == 0 {
		return ""
	}
	column := min(at.column, len(line)+1)
	begin := 0
	if column > excerptWidth*3/4 {
		begin = column - excerptWidth*3/4
	}
	shown := line[begin:min(len(line), begin+excerptWidth)]
	text, left, right := strings.Map(printable, string(shown)), "", ""
	if begin > 0 {
		left = "..."
	}
	if begin+len(shown) < len(line) {
		right = "..."
	}
	return fmt.Sprintf("%5d | %s%s%s\n      | %s^\n", at.line, left, text, right, strings.Repeat(" ", len(left)+column-1-begin))
}

func printable(r rune) rune {
	if r == '\t' || !unicode.IsPrint(r) {
		return ' '
	}
	return r
}

// within gives the place of a character inside of a scalar that begins at n. It is
// exact where the scalar stands in the file as it reads, on one line.
func (s *source) within(n *node, offset int) position {
	line := s.line(n.at.line)
	begin := n.at.column - 1
	if n.quoted {
		begin++
	}
	text := []rune(n.text)
	if begin < 0 || begin+len(text) > len(line) || string(line[begin:begin+len(text)]) != n.text {
		return n.at
	}
	return position{n.at.line, begin + 1 + utf8.RuneCountInString(n.text[:offset])}
}

// checkText checks what must hold before anything can be read: size, encoding, and
// no tabs in the indentation.
func (s *source) checkText(src []byte) {
	if fallow.Size(len(src)) > fallow.MaxJobFile {
		s.problem(position{}, "keep long lists in a file of their own and split by lines", "the job file is longer than %s (MaxJobFile)", fallow.MaxJobFile)
		return
	}
	for i, line := range s.lines {
		s.checkLine(i+1, line)
	}
}

func (s *source) checkLine(number int, line string) {
	if !utf8.ValidString(line) {
		s.problem(position{number, validRunes(line) + 1}, "save the file as UTF-8", "the line is not UTF-8 text")
		return
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	if i := strings.IndexByte(indent, '\t'); i >= 0 && strings.TrimSpace(line) != "" {
		s.problem(position{number, i + 1}, "indent by blanks", "the line is indented by a tab, which YAML does not allow")
		return
	}
	column := 0
	for _, r := range strings.TrimSuffix(line, "\r") {
		if column++; r != '\t' && unicode.IsControl(r) {
			s.problem(position{number, column}, "delete it", "the line has the control character %U", r)
			return
		}
	}
}

// validRunes counts the characters before the first byte that is not UTF-8.
func validRunes(line string) int {
	count := 0
	for _, r := range line {
		if r == utf8.RuneError {
			break
		}
		count++
	}
	return count
}
