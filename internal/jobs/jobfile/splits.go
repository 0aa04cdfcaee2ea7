package jobfile

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fallow"
	"fallow/internal/jobs/command"
	"fallow/internal/jobs/split"
)

// splitForms are the keys of which a split has exactly one.
var splitForms = []string{"range", "sweep", "zip", "product", "lines", "files", "fasta", "fastq", "csv", "jsonl"}

func (p *reading) readSplit(n *node) { p.Split = p.splitOf(n, 0) }

// splitOf reads a split, or a part of a product.
func (p *reading) splitOf(n *node, depth int) Split {
	out := Split{at: n.at}
	form := p.formOf(n)
	if form == "" {
		return out
	}
	if depth > fallow.MaxSplitDepth {
		p.problem(n.at, "a product of products is one product of all their parts", "products are more than %d deep (MaxSplitDepth)", fallow.MaxSplitDepth)
		return out
	}
	known := fields{form: nil}
	switch form {
	case "range":
		known[form] = func(n *node) { out.Range = p.rangeSplit(n) }
	case "sweep":
		known[form] = func(n *node) { out.Sweep = p.parameters(n, form) }
	case "zip":
		known[form] = func(n *node) { out.Zip = p.parameters(n, form) }
	case "product":
		known[form] = func(n *node) { out.Product = p.product(n, depth) }
	default:
		out.Slices = p.sliceFields(form, known)
	}
	p.mapping(n, "split by "+form, known)
	return out
}

// formOf finds the form of a split.
func (p *reading) formOf(n *node) string {
	if n.kind != mapping {
		p.wrongKind(n, "split", mapping)
		return ""
	}
	var found []string
	for _, e := range n.entries {
		if slices.Contains(splitForms, e.key) {
			found = append(found, e.key)
		}
	}
	switch len(found) {
	case 1:
		return found[0]
	case 0:
		p.noForm(n)
	default:
		p.problem(n.at, "combine them by product: [{...}, {...}]", "split has %s at once", strings.Join(found, " and "))
	}
	return ""
}

func (p *reading) noForm(n *node) {
	hint := "a split is one of " + strings.Join(splitForms, ", ")
	for _, e := range n.entries {
		if better := suggest(e.key, splitForms); better != "" {
			p.problem(e.at, "did you mean \""+better+"\"?", "split has no key %q", e.key)
			return
		}
	}
	p.problem(n.at, hint, "split does not say how")
}

// sliceFields adds how the keys of a split of files are read.
func (p *reading) sliceFields(kind string, known fields) *Slices {
	out := &Slices{Kind: kind, Per: DefaultRecords, Header: kind == split.KindCSV}
	per := "records"
	switch kind {
	case split.KindLines:
		per, out.Per = "per", DefaultLines
	case split.KindFiles:
		per, out.Per = "per", DefaultFiles
	case split.KindCSV:
		known["header"] = func(n *node) { out.Header = p.boolean(n, "header") }
		known["separator"] = func(n *node) { out.Separator = p.csvSeparator(n) }
	}
	known[per] = func(n *node) { out.Per = p.integer(n, per, 1) }
	known[kind] = func(n *node) {
		add := func(n *node) { out.From = append(out.From, Path{n.text, n.at}) }
		if kind == split.KindFiles {
			p.strs(n, kind, add)
		} else if _, ok := p.str(n, kind); ok {
			add(n)
		}
	}
	return out
}

func (p *reading) csvSeparator(n *node) byte {
	text, ok := p.str(n, "separator")
	separator := map[string]byte{"comma": ',', "tab": '\t', "semicolon": ';'}[text]
	if ok && separator == 0 {
		p.problem(n.at, "", "separator must be comma, tab or semicolon, not %q", text)
	}
	return separator
}

func (p *reading) product(n *node, depth int) []Split {
	if n.kind != list || len(n.items) == 0 {
		p.wrongKind(n, "product", list)
		return nil
	}
	var parts []Split
	for _, item := range n.items {
		parts = append(parts, p.splitOf(item, depth+1))
	}
	return parts
}

// rangeSplit reads {NAME: FROM..TO/STEP}, or the same in words:
// {name: NAME, from: FROM, to: TO, step: STEP}.
func (p *reading) rangeSplit(n *node) *fallow.RangeSplit {
	if n.kind == mapping && has(n, "from") {
		return p.rangeInWords(n)
	}
	params := p.parameters(n, "range")
	if len(params) != 1 || params[0].Range == nil {
		if len(params) > 0 {
			p.problem(n.at, "write range: {seed: 1..1000}; for lists and several parameters use sweep", "range must be one parameter that counts")
		}
		return nil
	}
	out := params[0].Range
	out.Name = params[0].Name
	return out
}

func (p *reading) rangeInWords(n *node) *fallow.RangeSplit {
	before := len(p.problems)
	out := &fallow.RangeSplit{Step: 1}
	p.mapping(n, "range", fields{
		"name": p.checked(&out.Name, "name", command.CheckName),
		"from": func(n *node) { out.From = p.integer(n, "from", math.MinInt64) },
		"to":   func(n *node) { out.To = p.integer(n, "to", math.MinInt64) },
		"step": func(n *node) { out.Step = p.integer(n, "step", math.MinInt64) },
	})
	for _, key := range []string{"name", "to"} {
		if !has(n, key) {
			p.problem(n.at, "write range: {seed: 1..1000}, or {name: seed, from: 1, to: 1000}", "range has no %s", key)
		}
	}
	if len(p.problems) > before {
		return nil
	}
	if _, err := split.Count(fallow.Split{Range: out}); err != nil {
		p.fail(n.at, err)
		return nil
	}
	return out
}

// parameters reads names with values, in the order written.
func (p *reading) parameters(n *node, what string) []fallow.Parameter {
	if n.kind != mapping || len(n.entries) == 0 {
		p.wrongKind(n, what, mapping)
		return nil
	}
	var out []fallow.Parameter
	for _, e := range n.entries {
		if err := command.CheckName(e.key); err != nil {
			p.fail(e.at, err)
		}
		if param, ok := p.parameter(e); ok {
			out = append(out, param)
		}
	}
	return out
}

func (p *reading) parameter(e entry) (fallow.Parameter, bool) {
	param := fallow.Parameter{Name: e.key}
	if e.value.kind == scalar && !e.value.quoted && strings.Contains(e.value.text, "..") {
		param.Range = p.countOf(e.value)
		return param, param.Range != nil
	}
	p.strsOrEmpty(e.value, "the values of "+e.key, func(n *node) {
		if err := split.CheckValue(n.text); err != nil {
			p.fail(n.at, err)
		}
		param.Values = append(param.Values, n.text)
	})
	return param, len(param.Values) > 0
}

// strsOrEmpty is strs, but lets quoted values be empty: an empty argument can be
// meant.
func (p *reading) strsOrEmpty(n *node, what string, visit func(*node)) {
	if n.kind != list {
		p.strs(n, what, visit)
		return
	}
	if len(n.items) == 0 {
		p.wrongKind(n, what, list)
	}
	for _, item := range n.items {
		if item.kind == scalar && item.quoted {
			visit(item)
		} else if _, ok := p.str(item, "an entry of "+what); ok {
			visit(item)
		}
	}
}

// counting is FROM..TO or FROM..TO/STEP.
var counting = regexp.MustCompile(`^(-?[0-9]+) *\.\. *(-?[0-9]+)(?: */ *(-?[0-9]+))?$`)

func (p *reading) countOf(n *node) *fallow.RangeSplit {
	const hint = "write FROM..TO or FROM..TO/STEP in whole numbers, for example 1..1000 or 0..100/5; list other values as [0.1, 0.2]"
	m := counting.FindStringSubmatch(n.text)
	if m == nil {
		p.problem(n.at, hint, "%q is not a range", n.text)
		return nil
	}
	numbers := [3]int64{0, 0, 1}
	for i, text := range m[1:] {
		if text == "" {
			continue
		}
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			p.problem(n.at, hint, "%s in the range %q does not fit 64 bits", text, n.text)
			return nil
		}
		numbers[i] = v
	}
	r := &fallow.RangeSplit{From: numbers[0], To: numbers[1], Step: numbers[2]}
	if _, err := split.Count(fallow.Split{Range: r}); err != nil {
		p.fail(n.at, err)
		return nil
	}
	return r
}
