package jobfile

import (
	"path"
	"strings"

	"fallow"
	"fallow/internal/jobs/collect"
)

// collectForms are the keys of which collect has exactly one.
var collectForms = []string{"files", "concat", "table", "stats"}

// readCollect reads what is to become of the results.
func (p *reading) readCollect(n *node) {
	if n.kind != mapping {
		p.wrongKind(n, "collect", mapping)
		return
	}
	p.collect = n
	var found []string
	for _, form := range collectForms {
		if has(n, form) {
			found = append(found, form)
		}
	}
	if len(found) != 1 {
		p.problem(n.at, "write one of "+strings.Join(collectForms, ", "), "collect has %d forms: %s", len(found), strings.Join(found, " and "))
		return
	}
	before := len(p.problems)
	switch found[0] {
	case "files":
		p.Collect.Files = p.collectFiles(n)
	case "concat":
		p.Collect.Concat = p.collectConcat(n)
	case "table":
		p.Collect.Table = p.collectTable(n)
	case "stats":
		p.Collect.Stats = p.collectStats(n)
	}
	if len(p.problems) > before {
		return
	}
	if err := collect.Validate(p.Collect); err != nil {
		p.fail(n.at, err)
	}
}

func (p *reading) collectFiles(n *node) *fallow.CollectFiles {
	out := &fallow.CollectFiles{}
	p.mapping(n, "collect by files", fields{"files": func(n *node) {
		p.strs(n, "files", func(item *node) {
			if err := collect.CheckPattern(item.text); err != nil {
				p.fail(item.at, err)
			}
			out.Match = append(out.Match, item.text)
		})
	}})
	return out
}

func (p *reading) collectConcat(n *node) *fallow.CollectConcat {
	out := &fallow.CollectConcat{}
	p.mapping(n, "collect by concat", fields{
		"concat": p.checked(&out.File, "concat", collect.CheckName),
		"into":   p.checked(&out.Into, "into", collect.CheckName),
	})
	p.needsInto(n)
	return out
}

func (p *reading) collectTable(n *node) *fallow.CollectTable {
	out := &fallow.CollectTable{Comment: DefaultComment}
	p.mapping(n, "collect by table", fields{
		"table":     p.checked(&out.File, "table", collect.CheckName),
		"into":      p.checked(&out.Into, "into", collect.CheckName),
		"separator": p.checked(&out.Separator, "separator", collect.CheckSeparator),
		"comment":   func(n *node) { out.Comment = p.comment(n) },
		"header":    func(n *node) { out.Header = p.boolean(n, "header") },
		"sort":      func(n *node) { out.Sort = p.sortKeys(n) },
		"top":       func(n *node) { out.Top = p.integer(n, "top", 1) },
	})
	if out.Separator == "" {
		out.Separator = separatorOf(out.File)
	}
	p.needsInto(n)
	return out
}

func (p *reading) collectStats(n *node) *fallow.CollectStats {
	out := &fallow.CollectStats{Column: 1}
	p.mapping(n, "collect by stats", fields{
		"stats":     p.checked(&out.File, "stats", collect.CheckName),
		"into":      p.checked(&out.Into, "into", collect.CheckName),
		"separator": p.checked(&out.Separator, "separator", collect.CheckSeparator),
		"column":    func(n *node) { out.Column = p.small(n, "column", 1) },
	})
	if out.Separator == "" {
		out.Separator = separatorOf(out.File)
	}
	p.needsInto(n)
	return out
}

// DefaultComment begins lines of a table that are not rows, where the job file says
// nothing else.
const DefaultComment = "#"

// separatorOf is the separator of a table whose job file names none.
func separatorOf(file string) string {
	switch path.Ext(file) {
	case ".csv":
		return collect.SeparatorComma
	case ".tsv":
		return collect.SeparatorTab
	}
	return collect.SeparatorSpace
}

// comment reads what begins a comment; "" is for tables without comments.
func (p *reading) comment(n *node) string {
	if n.kind == scalar && n.quoted && n.text == "" {
		return ""
	}
	text, _ := p.str(n, "comment")
	return text
}

// checked reads a text into a variable, by the rule check.
func (p *reading) checked(to *string, what string, check func(string) error) func(*node) {
	return func(n *node) {
		text, ok := p.str(n, what)
		if !ok {
			return
		}
		*to = text
		if err := check(text); err != nil {
			p.fail(n.at, err)
		}
	}
}

func (p *reading) needsInto(n *node) {
	if !has(n, "into") {
		p.problem(n.at, "add into: NAME, the name of the result", "collect does not say what the result is called")
	}
}

// sortKeys reads one sort key, or a list of them.
func (p *reading) sortKeys(n *node) []fallow.SortKey {
	items := n.items
	if n.kind == mapping {
		items = []*node{n}
	}
	if len(items) == 0 {
		p.wrongKind(n, "sort", mapping)
	}
	var keys []fallow.SortKey
	for _, item := range items {
		var key fallow.SortKey
		ok := p.mapping(item, "sort", fields{
			"column":     func(n *node) { key.Column = p.small(n, "column", 1) },
			"numeric":    func(n *node) { key.Numeric = p.boolean(n, "numeric") },
			"descending": func(n *node) { key.Descending = p.boolean(n, "descending") },
		})
		if ok && !has(item, "column") {
			p.problem(item.at, "write {column: N}, counted from 1", "sort does not say by which column")
		}
		keys = append(keys, key)
	}
	return keys
}
