package jobfile

import (
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
		p.strs(n, "files", func(item *node) { out.Match = append(out.Match, item.text) })
	}})
	return out
}

func (p *reading) collectConcat(n *node) *fallow.CollectConcat {
	out := &fallow.CollectConcat{}
	p.mapping(n, "collect by concat", fields{
		"concat": p.strInto(&out.File, "concat"),
		"into":   p.strInto(&out.Into, "into"),
	})
	p.needsInto(n)
	return out
}

func (p *reading) collectTable(n *node) *fallow.CollectTable {
	out := &fallow.CollectTable{Separator: collect.SeparatorTab}
	p.mapping(n, "collect by table", fields{
		"table":     p.strInto(&out.File, "table"),
		"into":      p.strInto(&out.Into, "into"),
		"separator": p.strInto(&out.Separator, "separator"),
		"comment":   p.strInto(&out.Comment, "comment"),
		"header":    func(n *node) { out.Header = p.boolean(n, "header") },
		"sort":      func(n *node) { out.Sort = p.sortKeys(n) },
		"top":       func(n *node) { out.Top = p.integer(n, "top", 1) },
	})
	p.needsInto(n)
	return out
}

func (p *reading) collectStats(n *node) *fallow.CollectStats {
	out := &fallow.CollectStats{Separator: collect.SeparatorSpace, Column: 1}
	p.mapping(n, "collect by stats", fields{
		"stats":     p.strInto(&out.File, "stats"),
		"into":      p.strInto(&out.Into, "into"),
		"separator": p.strInto(&out.Separator, "separator"),
		"column":    func(n *node) { out.Column = p.small(n, "column", 1) },
	})
	p.needsInto(n)
	return out
}

// strInto reads a text into a variable.
func (p *reading) strInto(to *string, what string) func(*node) {
	return func(n *node) {
		if text, ok := p.str(n, what); ok {
			*to = text
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
