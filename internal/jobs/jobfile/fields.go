package jobfile

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"fallow"
)

// fields says how the value of each key of a mapping is read.
type fields map[string]func(*node)

// mapping reads a mapping by its keys, in the order written. Unknown keys are
// problems. It tells whether n is a mapping at all.
func (s *source) mapping(n *node, what string, known fields) bool {
	if n.kind != mapping {
		s.wrongKind(n, what, mapping)
		return false
	}
	for _, e := range n.entries {
		read, ok := known[e.key]
		if !ok {
			s.unknownKey(e, what, known)
			continue
		}
		read(e.value)
	}
	return true
}

func (s *source) unknownKey(e entry, what string, known fields) {
	keys := slices.Sorted(maps.Keys(known))
	hint := "the keys here are " + strings.Join(keys, ", ")
	if better := suggest(e.key, keys); better != "" {
		hint = fmt.Sprintf("did you mean %q?", better)
	} else if place := elsewhere[e.key]; place != "" {
		hint = place
	}
	s.problem(e.at, hint, "%s has no key %q", what, e.key)
}

func (s *source) wrongKind(n *node, what string, want kind) {
	hint := map[kind]string{
		scalar:  "write a single value; one that begins with { or [ must be in quotes",
		list:    "write a list: [a, b, c]",
		mapping: "write keys and values: {key: value}",
	}[want]
	if n.kind == want {
		s.problem(n.at, hint, "%s is empty", what)
		return
	}
	s.problem(n.at, hint, "%s must be %s, but this is %s", what, want, n.kind)
}

// str reads a scalar as text.
func (s *source) str(n *node, what string) (string, bool) {
	if n.kind != scalar {
		s.wrongKind(n, what, scalar)
		return "", false
	}
	if n.text == "" {
		s.problem(n.at, "", "%s is empty", what)
		return "", false
	}
	return n.text, true
}

// strs reads a list of scalars, or one.
func (s *source) strs(n *node, what string, visit func(*node)) {
	items := n.items
	if n.kind == scalar {
		items = []*node{n}
	}
	if n.kind == mapping || len(items) == 0 {
		s.wrongKind(n, what, list)
		return
	}
	for _, item := range items {
		if _, ok := s.str(item, "an entry of "+what); ok {
			visit(item)
		}
	}
}

// integer reads a whole number of at least least.
func (s *source) integer(n *node, what string, least int64) int64 {
	text, ok := s.str(n, what)
	if !ok {
		return 0
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v < least {
		from := ""
		if least > math.MinInt64 {
			from = fmt.Sprintf(" from %d", least)
		}
		s.problem(n.at, "", "%s must be a whole number%s, not %q", what, from, text)
		return 0
	}
	return v
}

// small reads a whole number that fits an int everywhere.
func (s *source) small(n *node, what string, least int64) int {
	v := s.integer(n, what, least)
	if v > 1<<31-1 {
		s.problem(n.at, "", "%s must be below %d", what, int64(1)<<31)
		return 0
	}
	return int(v)
}

func (s *source) boolean(n *node, what string) bool {
	text, ok := s.str(n, what)
	if ok && text != "true" && text != "false" {
		s.problem(n.at, "", "%s must be true or false, not %q", what, text)
	}
	return text == "true"
}

func (s *source) size(n *node, what string) fallow.Size {
	text, ok := s.str(n, what)
	if !ok {
		return 0
	}
	size, err := fallow.ParseSize(text)
	if err != nil {
		s.problem(n.at, fallow.HintOf(err), "%s: %v", what, err)
	}
	return size
}

// duration reads "90s", "1h30m" or "2d".
func (s *source) duration(n *node, what string) time.Duration {
	text, ok := s.str(n, what)
	if !ok {
		return 0
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if v, err := strconv.ParseUint(days, 10, 16); err == nil {
			return time.Duration(v) * 24 * time.Hour
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		s.problem(n.at, "write a number and a unit: 90s, 10m, 1h30m, 2d", "%s: %q is not a time", what, text)
		return 0
	}
	return d
}
