package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// splitCases has each kind of split. Subjobs print what they were given, so that
// what is collected is known beforehand: of a file, that very file.
var splitCases = []struct {
	kind, run, split string
	subjobs          int64
	want             string
}{
	{"range", "echo {n}", "{range: {n: 2..10/4}}", 3, "2\n6\n10\n"},
	{"sweep", "echo {t} {n}", "{sweep: {t: [0.10, 1e3], n: 1..2}}", 4, "0.10 1\n0.10 2\n1e3 1\n1e3 2\n"},
	{"zip", "echo {x} {y}", "{zip: {x: [1, 2], y: [a, b c]}}", 2, "1 a\n2 b c\n"},
	{"lines", "cat {slice}", "{lines: in.txt, per: 3}", 4, lines(10)},
	{"lines of gzip", "cat {slice}", "{lines: in.txt.gz, per: 5}", 2, lines(10)},
	{"files", "cat {slice}", "{files: 'parts/*.txt'}", 5, "a\nb\nc\nd\ne\n"},
	{"files with per", "cat {slice}", "{files: 'parts/*.txt', per: 2}", 3, "a\nb\nc\nd\ne\n"},
	{"fasta", "cat {slice}", "{fasta: in.fasta, records: 2}", 2, fasta},
	{"fastq", "cat {slice}", "{fastq: in.fastq, records: 1}", 2, fastq},
	{"csv", "tail -n 1 {slice}", "{csv: in.csv, records: 1}", 3, "1,one\n2,\"two, 2\"\n3,three\n"},
	{"csv with header", "head -n 1 {slice}", "{csv: in.csv, records: 2}", 2, "id,name\nid,name\n"},
	{"jsonl", "cat {slice}", "{jsonl: in.jsonl, records: 2}", 2, jsonl},
	{"product", "head -n {k} {slice}", "{product: [{lines: in.txt, per: 5}, {range: {k: 1..2}}]}", 4,
		"line 0\nline 0\nline 1\nline 5\nline 5\nline 6\n"},
	{"product of files", "cat {slice} {slice2}", "{product: [{files: [parts/b.txt, parts/a.txt]}, {fasta: in.fasta, records: 3}]}", 2,
		"b\n" + fasta + "a\n" + fasta},
}

const (
	fasta = ">one\nMKV\nLLA\n>two a comment\nMK\n>three\nACDE\n"
	fastq = "@r1\nACGT\n+\nIIII\n@r2\nAC\n+r2\n@@\n"
	csv   = "id,name\n1,one\n2,\"two, 2\"\n3,three\n"
	jsonl = "{\"a\": 1}\n[2, 3]\n\"four\"\n"
)

// lines gives n different lines.
func lines(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "line %d\n", i)
	}
	return text.String()
}

// Every kind of split gives each subjob its part.
func TestSplits(t *testing.T) {
	g := newGrid(t, 2)
	g.writeSplitFiles()
	for _, c := range splitCases {
		t.Run(c.kind, func(t *testing.T) {
			g := g.in(t)
			job := g.submit(fmt.Sprintf("run: %s\nsplit: %s\ncollect: {concat: stdout, into: all}\n", c.run, c.split))
			if got := g.read(filepath.Join(g.results(job), "all")); got != c.want {
				t.Errorf("the subjobs printed:\n%s\nwant:\n%s", got, c.want)
			}
			if got := g.job(job).Counts.Total; got != c.subjobs {
				t.Errorf("%d subjobs, want %d", got, c.subjobs)
			}
		})
	}
}

func (g *grid) writeSplitFiles() {
	g.t.Helper()
	g.write("in.txt", lines(10))
	g.write("in.fasta", fasta)
	g.write("in.fastq", fastq)
	g.write("in.csv", csv)
	g.write("in.jsonl", jsonl)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		g.write("parts/"+name+".txt", name+"\n")
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := z.Write([]byte(lines(10)))
	g.must(err)
	g.must(z.Close())
	g.write("in.txt.gz", zipped.String())
}
