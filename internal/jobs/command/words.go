package command

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says where a command line can't be taken apart into words.
type SyntaxError struct {
	Offset  int // bytes from the line's start
	Message string
	Hint    string
}

// Error gives the message.
func (e *SyntaxError) Error() string { return e.Message }

// shellBytes have a meaning in a shell. Outside of quotes they are refused: passing
// them on as they are would surprise whoever expects a shell.
const shellBytes = "|&;<>()$`*?"

// Split takes a command line apart into words at blanks and line ends. Single quotes
// keep everything as it is; double quotes keep everything but a backslash before
// one of " \ $ `; a backslash outside of quotes keeps the next character. The error
// is a [*SyntaxError].
func Split(line string) ([]string, error) {
	s := splitter{line: line}
	for s.skipBlanks(); s.pos < len(line); s.skipBlanks() {
		word, err := s.word()
		if err != nil {
			return nil, err
		}
		s.words = append(s.words, word)
	}
	return s.words, nil
}

// splitter reads words from line[pos:].
type splitter struct {
	line  string
	pos   int
	words []string
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (s *splitter) skipBlanks() {
	for s.pos < len(s.line) && isBlank(s.line[s.pos]) {
		s.pos++
	}
}

// word reads one word, which begins at pos.
func (s *splitter) word() (string, error) {
	var word strings.Builder
	for s.pos < len(s.line) && !isBlank(s.line[s.pos]) {
		var err error
		switch c := s.line[s.pos]; {
		case c == '\'':
			err = s.singleQuoted(&word)
		case c == '"':
			err = s.doubleQuoted(&word)
		case c == '\\':
			err = s.escaped(&word)
		case strings.IndexByte(shellBytes, c) >= 0:
			err = s.shellByte(c)
		default:
			word.WriteByte(c)
			s.pos++
		}
		if err != nil {
			return "", err
		}
	}
	return word.String(), nil
}

func (s *splitter) singleQuoted(word *strings.Builder) error {
	text, _, closed := strings.Cut(s.line[s.pos+1:], "'")
	if !closed {
		return s.unclosed(s.pos, "'")
	}
	word.WriteString(text)
	s.pos += len(text) + 2
	return nil
}

func (s *splitter) doubleQuoted(word *strings.Builder) error {
	start := s.pos
	for s.pos++; s.pos < len(s.line); s.pos++ {
		c := s.line[s.pos]
		if c == '"' {
			s.pos++
			return nil
		}
		if c == '\\' && s.pos+1 < len(s.line) && strings.IndexByte("\"\\$`", s.line[s.pos+1]) >= 0 {
			s.pos++
			c = s.line[s.pos]
		}
		word.WriteByte(c)
	}
	return s.unclosed(start, `"`)
}

func (s *splitter) escaped(word *strings.Builder) error {
	_, width := utf8.DecodeRuneInString(s.line[s.pos+1:])
	if width == 0 {
		return &SyntaxError{Offset: s.pos, Message: `the command ends in a backslash`,
			Hint: `write \\ for a literal backslash`}
	}
	word.WriteString(s.line[s.pos+1 : s.pos+1+width])
	s.pos += 1 + width
	return nil
}

func (s *splitter) unclosed(start int, quote string) error {
	return &SyntaxError{Offset: start, Message: fmt.Sprintf("the quote %s is never closed", quote),
		Hint: fmt.Sprintf("close it, or write \\%s for a literal one", quote)}
}

func (s *splitter) shellByte(c byte) error {
	hint := fmt.Sprintf("if %c is meant literally, write '%c'; for a shell, put the commands in a script and name it in app", c, c)
	if c == '>' {
		hint = "there is no redirection: collect stdout, or put the commands in a script and name it in app"
	}
	return &SyntaxError{Offset: s.pos, Message: fmt.Sprintf("%q has no meaning here: commands run without a shell", c), Hint: hint}
}
