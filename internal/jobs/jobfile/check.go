package jobfile

import (
	"slices"
	"strings"

	"fallow"
	"fallow/internal/jobs"
	"fallow/internal/jobs/collect"
	"fallow/internal/jobs/command"
	"fallow/internal/jobs/split"
)

// check finds what does not fit together in a job file whose command, environment
// and split are well-formed.
func (p *reading) check() {
	before := len(p.problems)
	shape := p.Split.shape()
	names := split.NamesOf(shape)
	if err := split.Validate(shape); err != nil {
		p.fail(p.Split.at, err)
	}
	words, places := p.templates()
	used := map[string]bool{}
	for i, word := range words {
		p.checkTemplate(word, places[i], names, used)
	}
	if len(p.problems) > before {
		return
	}
	if err := jobs.CheckCommand(p.Command, p.Env, names); err != nil {
		p.fail(p.run[0].at, err)
	}
	p.checkProgram()
	p.checkUnused(names, used, words)
	p.checkOut(used, words)
	p.checkSeveral(words)
}

// templates gives all words and values of variables, with their places.
func (p *reading) templates() (words []string, places []*node) {
	words = slices.Clone(p.Command)
	for _, entry := range p.Env {
		_, value, _ := strings.Cut(entry, "=")
		words = append(words, value)
	}
	return words, append(slices.Clone(p.run), p.env...)
}

// checkTemplate checks the placeholders of one word and notes which are used.
func (p *reading) checkTemplate(word string, place *node, names split.Names, used map[string]bool) {
	found, err := command.Placeholders([]string{word})
	if err != nil {
		p.fail(p.placeOf(place, word), err)
		return
	}
	for _, name := range found {
		used[name] = true
		if jobs.Defined(name, names) {
			continue
		}
		at := p.placeOf(place, "{"+name+"}")
		switch better := suggest(name, append([]string{"in", "out", "index"}, names.Params...)); {
		case better != "":
			p.problem(at, "did you mean {"+better+"}?", "nothing defines {%s}", name)
		case command.IsReserved(name):
			p.problem(at, "split by files, lines, fasta, fastq, csv or jsonl", "{%s} needs a split that cuts files; this job's has %d", name, names.Slices)
		default:
			p.problem(at, "define it in split: {sweep: {"+name+": [...]}}, or write {{"+name+"}} for the text itself", "nothing defines {%s}", name)
		}
	}
}

// checkProgram checks the command's first word: the program itself can't vary.
func (p *reading) checkProgram() {
	if found, err := command.Placeholders(p.Command[:1]); err == nil && len(found) > 0 {
		p.problem(p.run[0].at, "name the program's file in app: {files: [...]} or {script: ...}; what lies in {in} is data and can't be run", "the program %q is a placeholder", p.Command[0])
	}
}

// checkUnused finds what the job defines but never hands to the program.
func (p *reading) checkUnused(names split.Names, used map[string]bool, words []string) {
	for _, name := range names.Params {
		if !used[name] {
			p.problem(p.Split.at, "write {"+name+"} in run, or hand it over by env: {"+strings.ToUpper(name)+": \"{"+name+"}\"}", "the command never uses the parameter %q", name)
		}
	}
	if used["in"] || mentions(words, command.InDir) {
		return
	}
	for i := range names.Slices {
		if name := command.SliceName(i); !used[name] {
			p.problem(p.Split.at, "write {"+name+"} in run, where the file's name belongs", "the command never uses the slices of the split")
		}
	}
	if len(p.Inputs) > 0 {
		p.problem(p.Inputs[0].at, "write {in}/NAME in run, or hand {in} over by env", "the command never uses the inputs")
	}
}

// checkOut finds results that nothing tells the program where to write.
func (p *reading) checkOut(used map[string]bool, words []string) {
	if p.broken["collect"] || used["out"] || mentions(words, command.OutDir) {
		return
	}
	for _, name := range collect.Outputs(p.Collect) {
		if name != fallow.StdoutName {
			p.problem(p.collect.at, "write {out}/"+name+" in run, hand {out} over by env, or collect stdout", "the command never uses {out}, so that no subjob can write %q", name)
			return
		}
	}
}

// mentions tells whether a word names a folder of the subjob literally.
func mentions(words []string, dir string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(word, dir) })
}

// checkSeveral finds slices of several files inside of a word, where only one file
// can stand.
func (p *reading) checkSeveral(words []string) {
	for i, s := range p.Split.slices(nil) {
		name := command.SliceName(i)
		if s.Kind == split.KindFiles && s.Per > 1 && command.Embeds(words, name) {
			p.problem(p.Split.at, "let {"+name+"} be a word of its own, or split with per: 1", "{%s} stands for up to %d files, inside one word", name, s.Per)
		}
	}
}

// slices lists the cuts of a split, in order.
func (s Split) slices(found []*Slices) []*Slices {
	if s.Slices != nil {
		found = append(found, s.Slices)
	}
	for _, part := range s.Product {
		found = part.slices(found)
	}
	return found
}

// shape is the split before its files are cut, as if each gave one slice: good for
// all checks but that of the number of subjobs.
func (s Split) shape() fallow.Split {
	out := fallow.Split{Range: s.Range, Sweep: s.Sweep, Zip: s.Zip}
	if s.Slices != nil {
		one := fallow.FileRef{Digest: fallow.DigestOf(nil), Size: int64(fallow.KiB)}
		out.Slices = &fallow.SliceSplit{Kind: s.Slices.Kind, Index: one, Count: 1}
	}
	for _, part := range s.Product {
		out.Product = append(out.Product, part.shape())
	}
	return out
}
