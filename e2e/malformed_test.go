package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// All mistakes of a job file are told at once, each with its line; nothing of it
// needs a server.
func TestMalformedJobFile(t *testing.T) {
	g := noGrid(t)
	path := g.write("job.yaml", `name: [not, text]
run: cat {slice} {nothing} > out.txt
split: {lines: missing.txt, per: 0}
colect: {concat: stdout}
needs: {memory: 12 elephants, time: {min: 2h, max: 1h}}
retries: 1000
`)
	printed := g.refused(2, "submit", "--check", path)
	g.wantIn(printed, "job.yaml:1:", "job.yaml:2:", "{nothing}", "job.yaml:3:", "missing.txt", "job.yaml:4:",
		`did you mean "collect"`, "job.yaml:5:", "elephants", "job.yaml:6:", "1000", "    6 | retries: 1000")
}

// A damaged input is told by file, line and what is wrong with it.
func TestMalformedInputs(t *testing.T) {
	g := noGrid(t)
	for name, c := range map[string]struct{ file, content, split, says string }{
		"no header":         {"x.fasta", "MKV\n>two\nMK\n", "{fasta: x.fasta}", "x.fasta:1"},
		"no sequence":       {"x.fasta", ">one\nMKV\n>two\n>three\nMK\n", "{fasta: x.fasta}", "x.fasta:4"},
		"too few qualities": {"x.fastq", "@r1\nACGT\n+\nIIII\n@r2\nACGT\n+\nIII\n", "{fastq: x.fastq}", "x.fastq:8"},
		"no JSON":           {"x.jsonl", "{\"a\": 1}\n{\"a\": }\n", "{jsonl: x.jsonl}", "x.jsonl:2"},
		"open quote":        {"x.csv", "a,b\n1,\"2\n", "{csv: x.csv}", "x.csv:2"},
		"cut short":         {"x.fasta.gz", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "{fasta: x.fasta.gz}", "x.fasta.gz"},
		"nothing in it":     {"x.txt", "", "{lines: x.txt}", "x.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			g := g.in(t)
			g.write(c.file, c.content)
			path := g.write("job.yaml", "run: cat {slice}\nsplit: "+c.split+"\n")
			g.wantIn(g.refused(2, "submit", "--check", path), c.says)
		})
	}
}

// Paths can't lead out of where they belong: not in a job file, and not in a bundle.
func TestPathsThatClimbOut(t *testing.T) {
	g := noGrid(t)
	g.write("data.txt", "data\n")
	for _, inputs := range []string{
		"[{from: data.txt, as: ../data.txt}]", "[{from: data.txt, as: /etc/data.txt}]",
		"[{from: data.txt, as: a/../../data.txt}]", "[{from: data.txt, as: slice/x}]", "[/dev/null]",
	} {
		path := g.write("job.yaml", "run: ls {in}\ninputs: "+inputs+"\n")
		g.wantIn(g.refused(2, "submit", "--check", path), "job.yaml:2:")
	}
	path := g.write("job.yaml", "run: ls {in}\ninputs: [data.txt]\ncollect: {concat: ../../etc/passwd, into: x}\n")
	g.wantIn(g.refused(2, "submit", "--check", path), "job.yaml:3:")
}

// A bundle with any byte changed is refused.
func TestDamagedBundle(t *testing.T) {
	g := noGrid(t)
	path := filepath.Join(g.dir, "cat.bundle")
	g.run("wrap", "cat", "-o", path)
	g.wantIn(g.run("wrap", "--inspect", path), "good")
	sound := g.read(path)
	for _, at := range []int{0, 100, len(sound) / 3, len(sound) / 2, len(sound) - 2} {
		g.write("bad.bundle", sound[:at]+string(sound[at]^4)+sound[at+1:])
		c := g.command(nil, "fallow", "wrap", "--inspect", filepath.Join(g.dir, "bad.bundle"))
		if c.code != 1 && c.code != 2 || strings.Contains(c.out.String(), "good") {
			t.Errorf("byte %d of %d changed: exit code %d\n%s%s", at, len(sound), c.code, &c.out, &c.err)
		}
	}
}
