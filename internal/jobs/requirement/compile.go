package requirement

import (
	"errors"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"fallow"
)

// The limits of an expression.
const (
	// MaxLength bounds its text, in bytes.
	MaxLength = 4096
	// MaxNodes bounds its operators, variables and constants together.
	MaxNodes = 200
	// maxMemory bounds the elements of lists that one evaluation may make.
	maxMemory = 1000
)

// functions of the language that neither loop nor depend on the time.
var functions = []string{"lower", "upper", "trim", "len", "abs", "min", "max"}

// Program is a compiled expression. Goroutines may share it.
type Program struct{ code *vm.Program }

// SyntaxError says where an expression is wrong.
type SyntaxError struct {
	Offset  int // characters from the expression's start
	Message string
}

// Error gives the message.
func (e *SyntaxError) Error() string { return e.Message }

// Compile reads an expression and checks its variables and types. The error is a
// [fallow.CodeInvalid] or [fallow.CodeLimit]; where the place is known, it wraps a
// [*SyntaxError].
func Compile(text string) (*Program, error) {
	if len(text) > MaxLength {
		return nil, fallow.Errorf(fallow.CodeLimit, "the expression has %d bytes, more than %d (MaxLength)", len(text), MaxLength)
	}
	var loops loopFinder
	options := []expr.Option{expr.Env(environment{}), expr.AsBool(), expr.MaxNodes(MaxNodes),
		expr.DisableAllBuiltins(), expr.Function("size", sizeOf, new(func(string) int)), expr.Patch(&loops)}
	for _, name := range functions {
		options = append(options, expr.EnableBuiltin(name))
	}
	code, err := expr.Compile(text, options...)
	if loops.found != "" {
		return nil, fallow.Errorf(fallow.CodeInvalid, "the expression uses %s", loops.found).
			WithHint("a requirement may compare and combine, but not loop")
	}
	if err != nil {
		return nil, syntaxError(err)
	}
	return &Program{code}, nil
}

// syntaxError makes the compiler's error one of ours, with its place if it has one.
func syntaxError(err error) error {
	const hint = "the variables are os.name, os.arch, cpu.model, cpu.cores, cpu.speed, memory, disk, labels, features and version"
	placed, ok := errors.AsType[*file.Error](err)
	if !ok {
		return fallow.Errorf(fallow.CodeInvalid, "the expression is not understood: %w", err).WithHint(hint)
	}
	place := &SyntaxError{Offset: placed.From, Message: strings.TrimSpace(placed.Message)}
	return fallow.Errorf(fallow.CodeInvalid, "the expression is not understood: %w", place).WithHint(hint)
}

// loopFinder looks for what could make an evaluation long.
type loopFinder struct{ found string }

// Visit implements [ast.Visitor].
func (f *loopFinder) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.PredicateNode:
		f.found = "a loop over a list"
	case *ast.BinaryNode:
		if n.Operator == ".." {
			f.found = "a range of numbers (..)"
		}
	}
}

func sizeOf(args ...any) (any, error) {
	text, _ := args[0].(string) // the compiler saw to the type
	size, err := fallow.ParseSize(text)
	return int(size), err
}
