package requirement

import (
	"fmt"
	"regexp/syntax"

	"github.com/expr-lang/expr/ast"

	"fallow"
)

// The limits of regular expressions. The library's run in time that grows with the
// text times the steps of the compiled pattern (package regexp), and a counted
// repetition makes a thousand steps of seven bytes.
const (
	// MaxPattern bounds the text of one, in bytes.
	MaxPattern = 256
	// MaxPatternSteps bounds the steps of all in one expression together.
	MaxPatternSteps = 200
)

// patterns counts the steps of the regular expressions seen so far.
type patterns struct{ steps int }

// add checks a node if it matches text with a regular expression. The pattern must
// be written down: a node's own words would be compiled at every evaluation.
func (p *patterns) add(n ast.Node) error {
	match, ok := n.(*ast.BinaryNode)
	if !ok || match.Operator != "matches" {
		return nil
	}
	text, ok := match.Right.(*ast.StringNode)
	if !ok {
		return refused(match.Right, fallow.CodeInvalid, "'matches' with something other than a quoted pattern")
	}
	if len(text.Value) > MaxPattern {
		return refused(text, fallow.CodeLimit, fmt.Sprintf("a pattern of %d bytes, more than %d (MaxPattern)", len(text.Value), MaxPattern))
	}
	steps, err := stepsOf(text.Value)
	if err != nil {
		return refused(text, fallow.CodeInvalid, err.Error())
	}
	if p.steps += steps; p.steps > MaxPatternSteps {
		return refused(text, fallow.CodeLimit,
			fmt.Sprintf("patterns of %d steps together, more than %d (MaxPatternSteps)", p.steps, MaxPatternSteps))
	}
	return nil
}

// stepsOf compiles a pattern as package regexp does.
func stepsOf(pattern string) (int, error) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, fmt.Errorf("a pattern that is not understood: %w", err)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, fmt.Errorf("a pattern that is not understood: %w", err)
	}
	return len(program.Inst), nil
}
