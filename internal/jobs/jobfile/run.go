package jobfile

import (
	"errors"
	"strings"

	"fallow/internal/jobs/command"
)

// readRun reads the command: a line of words, or a list of them.
func (p *reading) readRun(n *node) {
	if n.kind == list {
		p.strs(n, "run", func(item *node) {
			p.Command = append(p.Command, item.text)
			p.run = append(p.run, item)
		})
		return
	}
	text, ok := p.str(n, "run")
	if !ok {
		return
	}
	words, err := command.Split(text)
	if syntax, ok := errors.AsType[*command.SyntaxError](err); ok {
		p.problem(p.within(n, syntax.Offset), syntax.Hint, "%s", syntax.Message)
		return
	}
	if len(words) == 0 {
		p.problem(n.at, "write run: PROGRAM ARGUMENTS", "run has no words")
	}
	p.Command = words
	for range words {
		p.run = append(p.run, n)
	}
}

// placeOf finds where a word, or a part of it, stands in the job file.
func (p *reading) placeOf(n *node, part string) position {
	if i := strings.Index(n.text, part); i >= 0 {
		return p.within(n, i)
	}
	return n.at
}

// readApp reads what the program is.
func (p *reading) readApp(n *node) {
	known := fields{
		"files": func(n *node) {
			p.strs(n, "files", func(item *node) { p.App.Files = append(p.App.Files, item.text) })
		},
		"with":   p.readWith,
		"script": func(n *node) { p.App.Script, _ = p.str(n, "script") },
		"bundle": p.readBundle,
	}
	if !p.mapping(n, "app", known) {
		return
	}
	if len(n.entries) == 0 {
		p.problem(n.at, "write files, script, with or bundle, or leave app out", "app says nothing")
	}
	if has(n, "bundle") && len(n.entries) > 1 {
		p.problem(n.at, "a bundle holds all that the program needs", "app has a bundle and files of its own")
	}
}

// readWith reads further files: a path, or a list of paths or {from, at}.
func (p *reading) readWith(n *node) {
	items := n.items
	if n.kind != list {
		items = []*node{n}
	}
	if len(items) == 0 {
		p.wrongKind(n, "with", list)
	}
	for _, item := range items {
		var with With
		if item.kind == mapping {
			p.mapping(item, "an entry of with", fields{
				"from": func(n *node) { with.From, _ = p.str(n, "from") },
				"at":   func(n *node) { with.At, _ = p.str(n, "at") },
			})
			if !has(item, "from") {
				p.problem(item.at, "write {from: PATH, at: PLACE}", "an entry of with has no from")
			}
		} else {
			with.From, _ = p.str(item, "an entry of with")
		}
		p.App.With = append(p.App.With, with)
	}
}

func (p *reading) readBundle(n *node) {
	text, ok := p.str(n, "bundle")
	if !ok {
		return
	}
	p.App.Bundle = text
	name, version, versioned := strings.Cut(text, "@")
	if name == "" || versioned && version == "" || strings.ContainsAny(text, " /") {
		p.problem(n.at, "write NAME, NAME@VERSION or the digest that 'fallow wrap --push' prints", "%q names no bundle", text)
	}
}

// readInputs reads the files that all subjobs get.
func (p *reading) readInputs(n *node) {
	if n.kind == scalar {
		n = &node{kind: list, at: n.at, items: []*node{n}}
	}
	if n.kind != list {
		p.wrongKind(n, "inputs", list)
		return
	}
	for _, item := range n.items {
		in := Input{at: item.at}
		if item.kind == mapping {
			p.mapping(item, "an input", fields{
				"from": func(n *node) { in.From, _ = p.str(n, "from") },
				"as":   func(n *node) { in.As, _ = p.str(n, "as") },
			})
			if !has(item, "from") {
				p.problem(item.at, "write {from: FILE, as: NAME}", "an input has no from")
			}
		} else {
			in.From, _ = p.str(item, "an input")
		}
		p.Inputs = append(p.Inputs, in)
	}
}
