package jobfile

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The limits of a job file's YAML.
const (
	// MaxKeys bounds the keys of all mappings together.
	MaxKeys = 2000
	// MaxDepth bounds lists and mappings within each other.
	MaxDepth = 16
)

// kind is what a node is.
type kind int

const (
	empty kind = iota // nothing is written, or null
	scalar
	list
	mapping
)

// String names the kind for people.
func (k kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[k]
}

// node is a value in a job file, reduced to what job files need: a scalar is its
// text as it is written, so that 0.10 stays 0.10.
type node struct {
	kind    kind
	at      position
	text    string
	quoted  bool // or a block of lines: never a number or a range
	items   []*node
	entries []entry
}

// entry is a key with its value.
type entry struct {
	key   string
	at    position
	value *node
}

// parseTree reads YAML. It returns nil after noting why it can't be read.
func (s *source) parseTree(src string) *node {
	tokens := lexer.Tokenize(src)
	if !s.checkTokens(tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		s.syntaxError(err)
		return nil
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if body == nil {
			body = doc.Body
		} else if doc.Body != nil {
			s.problem(positionOf(doc.Start), "keep one job in a file", "a second document begins here")
		}
	}
	if body == nil {
		s.problem(position{}, "the least that a job needs is a line such as 'run: PROGRAM'", "the job file is empty")
		return nil
	}
	return s.convert(body, 0)
}

// refused are the parts of YAML that job files do without.
var refused = map[token.Type]string{
	token.AnchorType:     "anchors (&)",
	token.AliasType:      "aliases (*)",
	token.MergeKeyType:   "merge keys (<<)",
	token.TagType:        "tags (!)",
	token.DirectiveType:  "directives (%)",
	token.MappingKeyType: "complex keys (?)",
}

// checkTokens refuses what costs more to read than its length lets expect, and what
// job files do without. It tells whether to go on.
func (s *source) checkTokens(tokens token.Tokens) bool {
	before := len(s.problems)
	keys, depth := 0, 0
	for _, t := range tokens {
		if what, ok := refused[t.Type]; ok {
			s.problem(positionOf(t), "write the value out, or in quotes if it is meant as text", "%s are not allowed in a job file", what)
		}
		switch t.Type {
		case token.MappingValueType:
			keys++
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
		if keys > MaxKeys || depth > MaxDepth {
			s.problem(positionOf(t), "", "the job file has more than %d keys (MaxKeys) or is more than %d levels deep (MaxDepth)", MaxKeys, MaxDepth)
			break
		}
	}
	return len(s.problems) == before
}

// syntaxError notes an error of the YAML parser.
func (s *source) syntaxError(err error) {
	placed, ok := errors.AsType[yaml.Error](err)
	if !ok {
		s.problem(position{}, "", "the file is not YAML: %v", err)
		return
	}
	hint := "check indentation and brackets; a value with ': ' or ' #' in it, or one that begins with one of { [ & * ! | > ' \" % @, must be in quotes"
	s.problem(positionOf(placed.GetToken()), hint, "the file is not YAML: %s", placed.GetMessage())
}

func positionOf(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{}
	}
	return position{t.Position.Line, t.Position.Column}
}

// convert makes a node of a part of the syntax tree.
func (s *source) convert(n ast.Node, depth int) *node {
	at := positionOf(n.GetToken())
	if depth > MaxDepth {
		s.problem(at, "", "the job file is more than %d levels deep (MaxDepth)", MaxDepth)
		return &node{at: at}
	}
	switch n := n.(type) {
	case *ast.NullNode:
		return &node{at: at}
	case *ast.MappingNode:
		return s.convertMapping(n, at, depth)
	case *ast.SequenceNode:
		out := &node{kind: list, at: at}
		for _, value := range n.Values {
			out.items = append(out.items, s.convert(value, depth+1))
		}
		return out
	case *ast.LiteralNode:
		return &node{kind: scalar, at: at, text: n.Value.Value, quoted: true}
	case *ast.StringNode:
		quoted := n.Token.Type == token.SingleQuoteType || n.Token.Type == token.DoubleQuoteType
		return &node{kind: scalar, at: at, text: n.Value, quoted: quoted}
	case ast.ScalarNode:
		return &node{kind: scalar, at: at, text: strings.TrimSpace(n.GetToken().Value)}
	}
	s.problem(at, "", "a job file has no use for this: %s", n.Type())
	return &node{at: at}
}

// convertMapping also finds keys that come twice: the later one is left out.
func (s *source) convertMapping(n *ast.MappingNode, at position, depth int) *node {
	out := &node{kind: mapping, at: at}
	seen := map[string]int{}
	for i, pair := range n.Values {
		key := s.convert(pair.Key, depth+1)
		if i == 0 && !n.IsFlowStyle {
			out.at = key.at
		}
		if key.kind != scalar {
			s.problem(key.at, "", "a key is a single word")
			continue
		}
		if line, twice := seen[key.text]; twice {
			s.problem(key.at, "keep one of them", "the key %q was given in line %d already", key.text, line)
			continue
		}
		seen[key.text] = key.at.line
		out.entries = append(out.entries, entry{key.text, key.at, s.convert(pair.Value, depth+1)})
	}
	return out
}
