package jobfile

import (
	"fmt"
	"strings"

	"fallow"
)

// MaxProblems bounds the problems that are told of one job file.
const MaxProblems = 100

// Problem is one thing that is wrong with a job file.
type Problem struct {
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1, in characters
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Excerpt string `json:"excerpt,omitempty"` // the line, and below it a caret at the column
}

// Errors is all that is wrong with a job file, in order of line. It is a
// [fallow.CodeInvalid].
type Errors struct {
	File     string    `json:"file"`
	Problems []Problem `json:"problems"`
}

// Error gives all problems, each with its place, line and hint.
func (e *Errors) Error() string {
	var text strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			text.WriteString("\n")
		}
		fmt.Fprintf(&text, "%s:%d:%d: %s\n", e.File, p.Line, p.Column, p.Message)
		text.WriteString(p.Excerpt)
		if p.Hint != "" {
			fmt.Fprintf(&text, "  hint: %s\n", p.Hint)
		}
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// Unwrap gives the code of the whole.
func (e *Errors) Unwrap() error {
	if len(e.Problems) == 1 {
		return fallow.Errorf(fallow.CodeInvalid, "%s has 1 problem", e.File)
	}
	return fallow.Errorf(fallow.CodeInvalid, "%s has %d problems", e.File, len(e.Problems))
}
