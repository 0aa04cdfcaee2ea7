package shellscan

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// Command is a word that may name a program.
type Command struct {
	Name string // a base name or an absolute path
	// Weak words stand where a text or a value stands as often as a command: at the
	// beginning of quotes, or behind an equals sign.
	Weak bool
}

// maxCommands bounds the different words that are given.
const maxCommands = 4096

// separators end a command, or begin one within another.
const separators = ";&|()`{}\"'"

var (
	namePattern       = regexp.MustCompile(`^/?[A-Za-z0-9_\[][A-Za-z0-9._+@/\[-]{0,127}$`)
	assignmentPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*\+?=`)
	argumentPattern   = regexp.MustCompile(`^(-.*|[0-9.]+[a-z]?)$`)
)

// keywords are words after which a command begins. After starters, options and numbers
// may come first: timeout 10 sort.
var (
	keywords = []string{"if", "then", "else", "elif", "do", "while", "until", "!", "time"}
	starters = []string{
		"exec", "env", "nice", "nohup", "command", "xargs", "eval", "timeout", "stdbuf", "setsid", "ionice",
		"-exec", "-execdir", "-ok", "mpirun", "mpiexec", "mpirun.openmpi", "mpiexec.openmpi", "taskset", "which",
	}
	builtins = []string{"echo", "printf", "test", "[", "true", "false", "pwd", "kill"}
)

// Starter tells whether a program's arguments are a command that it starts, as those
// of timeout(1) are.
func Starter(name string) bool { return slices.Contains(starters, name) }

// Commands lists the words of a script that may name programs, each once, in its
// order. What every shell does by itself is left out.
func Commands(text []byte) []Command {
	s := scan{known: map[string]int{}}
	text = bytes.ReplaceAll(text, []byte("\\\n"), []byte(" "))
	for line := range bytes.Lines(text) {
		s.line(withoutComment(strings.TrimRight(string(line), "\r\n")))
	}
	return s.found
}

type scan struct {
	found []Command
	known map[string]int // index in found
}

// line goes through the pieces of one line between separators.
func (s *scan) line(line string) {
	quoted := false
	for line != "" {
		i := strings.IndexAny(line, separators)
		if i < 0 {
			i = len(line)
		}
		s.piece(line[:i], quoted)
		if i < len(line) {
			quoted = line[i] == '"' || line[i] == '\''
			i++
		}
		line = line[i:]
	}
}

// piece takes the command at the beginning of a piece.
func (s *scan) piece(piece string, weak bool) {
	starting, started := true, false
	for word := range strings.FieldsSeq(piece) {
		if name := assignmentPattern.FindString(word); name != "" {
			s.add(word[len(name):], true)
			continue
		}
		switch {
		case slices.Contains(starters, word):
			s.add(word, weak)
			starting, started = true, true
		case !starting, started && argumentPattern.MatchString(word), slices.Contains(keywords, word):
		default:
			if started || !slices.Contains(builtins, word) {
				s.add(word, weak)
			}
			starting = false
		}
	}
}

func (s *scan) add(name string, weak bool) {
	if !namePattern.MatchString(name) || strings.Contains(name[1:], "/") && name[0] != '/' {
		return
	}
	if i, ok := s.known[name]; ok {
		s.found[i].Weak = s.found[i].Weak && weak
		return
	}
	if len(s.found) < maxCommands {
		s.known[name] = len(s.found)
		s.found = append(s.found, Command{name, weak})
	}
}

// withoutComment cuts a line at a # that begins a word outside of quotes.
func withoutComment(line string) string {
	var quote byte
	for i := range len(line) {
		switch c := line[i]; {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		case c == '#' && quote == 0 && (i == 0 || strings.IndexByte(" \t;&|(", line[i-1]) >= 0):
			return line[:i]
		}
	}
	return line
}
