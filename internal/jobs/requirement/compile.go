package requirement

import (
	"errors"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
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

// Program is a compiled expression. Goroutines may share it.
type Program struct{ code *vm.Program }

// SyntaxError says where an expression is wrong.
type SyntaxError struct {
	Offset  int // characters from the expression's start
	Message string
}

// Error gives the message.
func (e *SyntaxError) Error() string { return e.Message }

// Compile reads an expression and checks what it does, its variables and its types.
// The error is a [fallow.CodeInvalid] or [fallow.CodeLimit]; where the place is
// known, it wraps a [*SyntaxError].
//
// The library's optimizer is left out: it would work on what nobody wrote.
func Compile(text string) (*Program, error) {
	if len(text) > MaxLength {
		return nil, fallow.Errorf(fallow.CodeLimit, "the expression has %d bytes, more than %d (MaxLength)", len(text), MaxLength)
	}
	config := language()
	tree, err := parser.ParseWithConfig(text, config)
	if err != nil {
		return nil, syntaxError(err)
	}
	if err := allowed(tree.Node); err != nil {
		return nil, err
	}
	if _, err := checker.Check(tree, config); err != nil {
		return nil, syntaxError(err)
	}
	code, err := compiler.Compile(tree, config)
	if err != nil {
		return nil, syntaxError(err)
	}
	return &Program{code}, nil
}

// language is what the library needs to know of ours.
func language() *conf.Config {
	config := conf.CreateNew()
	options := []expr.Option{expr.Env(environment{}), expr.AsBool(), expr.MaxNodes(MaxNodes),
		expr.DisableAllBuiltins(), expr.Function(sizeName, sizeOf, new(func(string) int))}
	for name := range builtins {
		options = append(options, expr.EnableBuiltin(name))
	}
	for _, set := range options {
		set(config)
	}
	for name := range config.Disabled {
		delete(config.Builtins, name)
	}
	return config
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

// refused is the error of something that expressions may not do.
func refused(n ast.Node, code fallow.Code, what string) error {
	place := &SyntaxError{Offset: n.Location().From, Message: what}
	return fallow.Errorf(code, "the expression uses %w", place).
		WithHint("a requirement may compare and combine, but neither loop nor put text together")
}

func sizeOf(args ...any) (any, error) {
	text, _ := args[0].(string) // the compiler saw to the type
	size, err := fallow.ParseSize(text)
	return int(size), err
}
