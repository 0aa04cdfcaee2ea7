package requirement

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"fallow"
)

// sizeName is the function of ours, beside the library's.
const sizeName = "size"

// builtins are the library's functions that an expression may call: they neither
// loop, nor depend on the time, nor give more text than they get. Each tells
// whether it gives a number.
var builtins = map[string]bool{
	"abs": true, "len": true, "max": true, "min": true,
	"lower": false, "trim": false, "upper": false,
}

// operators are the ones with two sides; + is for numbers only.
var operators = []string{"==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%",
	"and", "&&", "or", "||", "in", "contains", "startsWith", "endsWith", "matches"}

// arithmetic are the operators that give a number.
var arithmetic = []string{"+", "-", "*", "/", "%"}

// allowed tells what an expression does that it may not. Whatever is not listed is
// refused, so that the library's next version brings nothing in. What is listed
// makes no text and no list longer than those in the expression and in the node's
// inventory: the library's own budget does not count text, and thirty variables
// that each hold the one before twice would fill any memory.
func allowed(root ast.Node) error {
	var patterns patterns
	open := []ast.Node{root}
	for len(open) > 0 {
		n := open[len(open)-1]
		parts, problem := look(n)
		if problem != "" {
			return refused(n, fallow.CodeInvalid, problem)
		}
		if err := patterns.add(n); err != nil {
			return err
		}
		slices.Reverse(parts) // so that the first problem in the text is found first
		open = append(open[:len(open)-1], parts...)
	}
	return nil
}

// look gives the parts of a node that are to be looked at next, or what is wrong
// with the node itself.
func look(n ast.Node) (parts []ast.Node, problem string) {
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode:
		return nil, ""
	case *ast.IdentifierNode:
		return nil, lookName(n.Value)
	case *ast.UnaryNode:
		return []ast.Node{n.Node}, lookSign(n)
	case *ast.BinaryNode:
		return []ast.Node{n.Left, n.Right}, lookOperator(n)
	case *ast.ConditionalNode:
		return []ast.Node{n.Cond, n.Exp1, n.Exp2}, ""
	case *ast.MemberNode:
		return []ast.Node{n.Node, n.Property}, ""
	case *ast.ArrayNode:
		return n.Nodes, lookList(n)
	case *ast.BuiltinNode:
		return n.Arguments, lookBuiltin(n)
	case *ast.CallNode:
		return n.Arguments, lookCall(n)
	}
	return nil, strange(n)
}

// lookName leaves unknown names to the compiler, which knows them all.
func lookName(name string) string {
	if strings.HasPrefix(name, "$") {
		return name
	}
	return ""
}

func lookSign(n *ast.UnaryNode) string {
	switch n.Operator {
	case "not", "!", "-", "+":
		return ""
	}
	return fmt.Sprintf("the operator %s", n.Operator)
}

func lookOperator(n *ast.BinaryNode) string {
	switch {
	case n.Operator == "..":
		return "a range of numbers (..)"
	case !slices.Contains(operators, n.Operator):
		return fmt.Sprintf("the operator %s", n.Operator)
	case n.Operator == "+" && !(number(n.Left) && number(n.Right)):
		return "+ with something that is no number"
	}
	return ""
}

// lookList: a list is what its text says, so that its length is bounded by it.
func lookList(n *ast.ArrayNode) string {
	for _, item := range n.Nodes {
		switch item.(type) {
		case *ast.IntegerNode, *ast.FloatNode, *ast.StringNode:
		default:
			return "a list of other things than numbers and quoted text"
		}
	}
	return ""
}

func lookBuiltin(n *ast.BuiltinNode) string {
	if _, ok := builtins[n.Name]; ok {
		return ""
	}
	if slices.ContainsFunc(n.Arguments, func(a ast.Node) bool { _, ok := a.(*ast.PredicateNode); return ok }) {
		return fmt.Sprintf("a loop over a list (%s)", n.Name)
	}
	return fmt.Sprintf("the function %s", n.Name)
}

func lookCall(n *ast.CallNode) string {
	if name, ok := n.Callee.(*ast.IdentifierNode); !ok || name.Value != sizeName {
		return fmt.Sprintf("the function %s", n.Callee)
	}
	return ""
}

// strange names the other kinds of nodes that people write.
func strange(n ast.Node) string {
	switch n.(type) {
	case *ast.VariableDeclaratorNode:
		return "a variable of its own (let)"
	case *ast.SequenceNode:
		return "more than one expression (;)"
	case *ast.MapNode:
		return "a map ({})"
	case *ast.SliceNode:
		return "a slice ([:])"
	case *ast.PredicateNode, *ast.PointerNode:
		return "a loop over a list"
	case *ast.ChainNode:
		return "?."
	}
	return "what requirements do not have"
}

// number tells whether a value is a number for certain. A lone name may be one: the
// compiler knows its type, and that of nothing else here is in doubt.
func number(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return true
	case *ast.IdentifierNode:
		return n.Value != "version"
	case *ast.UnaryNode:
		return n.Operator == "-" || n.Operator == "+"
	case *ast.BinaryNode:
		return slices.Contains(arithmetic, n.Operator)
	case *ast.ConditionalNode:
		return number(n.Exp1) && number(n.Exp2)
	case *ast.MemberNode:
		of, _ := n.Node.(*ast.IdentifierNode)
		name, _ := n.Property.(*ast.StringNode)
		return of != nil && name != nil && of.Value == "cpu" && name.Value != "model"
	case *ast.BuiltinNode:
		return builtins[n.Name]
	case *ast.CallNode:
		return true // it is size: there is no other
	}
	return false
}
