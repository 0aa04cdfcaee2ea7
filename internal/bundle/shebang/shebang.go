// Package shebang reads the first line of a script, which names its interpreter
// (execve(2), "Interpreter scripts").
package shebang

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// MaxLine bounds the line in bytes, as the kernel does (BINPRM_BUF_SIZE).
const MaxLine = 256

// Line is what a script's first line asks for.
type Line struct {
	// Program is the interpreter: an absolute path, or a name to be found on PATH if
	// the line goes through env(1).
	Program string
	Args    []string // words between the interpreter and the script
}

// Parse reads the line from a file's beginning, of which MaxLine bytes are enough.
// Without "#!" it gives nil and no error. The error says why the kernel, or a
// sandbox without env(1), could not start the script.
func Parse(head []byte) (*Line, error) {
	rest, ok := bytes.CutPrefix(head, []byte("#!"))
	if !ok {
		return nil, nil
	}
	text, _, ended := bytes.Cut(rest, []byte("\n"))
	if len(head)-len(rest)+len(text) >= MaxLine || !ended && len(head) >= MaxLine {
		return nil, fmt.Errorf("its first line is longer than the kernel reads, %d bytes", MaxLine)
	}
	if bytes.HasSuffix(text, []byte("\r")) {
		return nil, fmt.Errorf("its first line ends as on Windows (CR LF), so the kernel looks for an interpreter of another name; convert it with dos2unix")
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, fmt.Errorf("its first line has a NUL byte")
	}
	// The kernel splits once, at the first blanks: all that follows is one word.
	words := strings.Trim(string(text), " \t")
	program, arg := words, ""
	if i := strings.IndexAny(words, " \t"); i >= 0 {
		program, arg = words[:i], strings.TrimLeft(words[i:], " \t")
	}
	if !path.IsAbs(program) {
		return nil, fmt.Errorf("its first line names the interpreter %q, which is not an absolute path", program)
	}
	if path.Base(program) == "env" {
		return throughEnv(arg)
	}
	line := &Line{Program: path.Clean(program)}
	if arg != "" {
		line.Args = []string{arg}
	}
	return line, nil
}

// throughEnv reads "NAME" or "-S NAME ARG..." as env(1) does. Its other options,
// variables and quoting are refused: the sandbox starts the interpreter without env.
func throughEnv(arg string) (*Line, error) {
	text, split := strings.CutPrefix(arg, "-S")
	if !split {
		text, split = strings.CutPrefix(arg, "--split-string=")
	}
	words := strings.Fields(text)
	switch {
	case len(words) == 0:
		return nil, fmt.Errorf("its first line calls env without an interpreter")
	case strings.ContainsAny(text, `"'\$#`):
		return nil, fmt.Errorf("its first line calls env with quoting, which is not supported: %q", arg)
	case strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "="):
		return nil, fmt.Errorf("its first line calls env with options or variables, which is not supported: %q", arg)
	case len(words) > 1 && !split:
		return nil, fmt.Errorf("its first line makes env look for an interpreter %q; write 'env -S %s'", text, text)
	}
	return &Line{Program: words[0], Args: words[1:]}, nil
}
