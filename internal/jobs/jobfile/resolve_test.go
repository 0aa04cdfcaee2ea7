package jobfile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"fallow"
	"fallow/internal/jobs/command"
	"fallow/internal/jobs/split"
)

// proteins is the example data of Debian's mmseqs2-examples.
const proteins = "/usr/share/doc/mmseqs2/example-data/DB.fasta.gz"

// folder makes files, by their names.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// resolve reads and resolves a job file, and closes the plan at the test's end.
func resolve(t *testing.T, dir, src string) (*Plan, error) {
	t.Helper()
	f, err := Parse("job.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	plan, err := f.Resolve(t.Context(), dir, temp)
	if err == nil {
		t.Cleanup(func() {
			if err := plan.Close(); err != nil {
				t.Error(err)
			}
			noneLeft(t, temp)
		})
	} else {
		noneLeft(t, temp)
	}
	return plan, err
}

func noneLeft(t *testing.T, temp string) {
	t.Helper()
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}

// store reads all files of a plan, by digest, and checks their digests.
func store(t *testing.T, plan *Plan) contents {
	t.Helper()
	all := contents{}
	for _, file := range plan.Files {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		if fallow.DigestOf(content) != file.Digest || int64(len(content)) != file.Size {
			t.Fatalf("%s: digest or size is not that of its content", file.Path)
		}
		all[file.Digest] = content
	}
	return all
}

// contents are files in memory, by digest.
type contents map[fallow.Digest][]byte

func (c contents) Open(d fallow.Digest) (io.ReaderAt, int64, error) {
	return bytes.NewReader(c[d]), int64(len(c[d])), nil
}

// slice puts the file of a slice together.
func (c contents) slice(f fallow.SliceFile) string {
	if len(f.Pieces) == 0 {
		return string(c[f.Digest])
	}
	var text strings.Builder
	for _, p := range f.Pieces {
		text.Write(c[p.File][p.Offset : p.Offset+p.Length])
	}
	return text.String()
}

// slices gives the files of each subjob's first slice, as "name: content".
func slicesOf(t *testing.T, plan *Plan) (out [][]string) {
	t.Helper()
	all := store(t, plan)
	for i := range plan.Subjobs {
		p, err := split.At(plan.Spec.Split, i, all)
		if err != nil {
			t.Fatal(err)
		}
		var files []string
		for _, f := range p.Slices[0].Files {
			files = append(files, f.Name+": "+all.slice(f))
		}
		out = append(out, files)
	}
	return out
}

func TestResolveInputs(t *testing.T) {
	dir := folder(t, map[string]string{
		"job/a.txt": "a", "job/data/b.txt": "b", "job/data/c.txt": "c", "job/data/deep/d.txt": "d",
		"job/x[1].txt": "x", "shared/e.txt": "e", "shared/lib/f.txt": "f",
	})
	src := `run: p {in}
inputs:
  - a.txt
  - data/*.txt
  - data/deep
  - x[1].txt
  - ../shared/e.txt
  - ../shared/lib
  - {from: ../shared/*.txt, as: more}
  - {from: a.txt, as: copy/of.txt}
  - {from: ` + dir + `/shared/lib/f.txt, as: g.txt}
`
	plan, err := resolve(t, filepath.Join(dir, "job"), src)
	if err != nil {
		t.Fatal(err)
	}
	all := store(t, plan)
	var got []string
	for _, in := range plan.Spec.Inputs {
		got = append(got, in.Name+": "+string(all[in.Digest]))
	}
	want := []string{"a.txt: a", "data/b.txt: b", "data/c.txt: c", "data/deep/d.txt: d", "x[1].txt: x", "e.txt: e", "lib/f.txt: f",
		"more/e.txt: e", "copy/of.txt: a", "g.txt: f"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(plan.Files) != 7 || plan.Subjobs != 1 {
		t.Errorf("%d files to upload, %d subjobs", len(plan.Files), plan.Subjobs)
	}
}

func TestResolveSplits(t *testing.T) {
	const fasta = ">a\nAC\n>b\nGT\n>c\nTT\n"
	dir := folder(t, map[string]string{
		"x.fasta": fasta, "x.fasta.gz": gzipped(t, fasta), "x.fa.zst": zstdOf(t, fasta),
		"t.tsv": "id\tv\n1\ta\n2\tb\n", "l.smi": "CC\nCO\nCN\n",
		"lib/1.mol": "m1", "lib/2.mol": "m2", "lib/3.mol": "m3",
	})
	tests := map[string][][]string{
		`{fasta: x.fasta, records: 2}`:                   {{"slice.fasta: >a\nAC\n>b\nGT\n"}, {"slice.fasta: >c\nTT\n"}},
		`{fasta: x.fasta.gz, records: 2}`:                {{"slice.fasta: >a\nAC\n>b\nGT\n"}, {"slice.fasta: >c\nTT\n"}},
		`{fasta: x.fa.zst}`:                              {{"slice.fa: " + fasta}},
		`{lines: l.smi}`:                                 {{"slice.smi: CC\n"}, {"slice.smi: CO\n"}, {"slice.smi: CN\n"}},
		`{lines: l.smi, per: 2}`:                         {{"slice.smi: CC\nCO\n"}, {"slice.smi: CN\n"}},
		`{csv: t.tsv, records: 1, separator: tab}`:       {{"slice.tsv: id\tv\n1\ta\n"}, {"slice.tsv: id\tv\n2\tb\n"}},
		`{csv: t.tsv, records: 2, header: false}`:        {{"slice.tsv: id\tv\n1\ta\n"}, {"slice.tsv: 2\tb\n"}},
		`{files: lib/*.mol}`:                             {{"lib/1.mol: m1"}, {"lib/2.mol: m2"}, {"lib/3.mol: m3"}},
		`{files: [lib/3.mol, lib/1.mol, l.smi], per: 2}`: {{"lib/3.mol: m3", "lib/1.mol: m1"}, {"l.smi: CC\nCO\nCN\n"}},
		`{files: lib, per: 3}`:                           {{"lib/1.mol: m1", "lib/2.mol: m2", "lib/3.mol: m3"}},
	}
	for form, want := range tests {
		plan, err := resolve(t, dir, "run: p {slice}\nsplit: "+form+"\n")
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		if diff := cmp.Diff(want, slicesOf(t, plan)); diff != "" {
			t.Errorf("%s: %s", form, diff)
		}
	}
}

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	return packed(t, &out, w, content)
}

func zstdOf(t *testing.T, content string) string {
	t.Helper()
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	return packed(t, &out, w, content)
}

func packed(t *testing.T, out *bytes.Buffer, w io.WriteCloser, content string) string {
	t.Helper()
	_, err := io.WriteString(w, content)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestResolveProduct(t *testing.T) {
	dir := folder(t, map[string]string{"a.smi": "C\nN\n", "b.fa": ">x\nA\n>y\nT\n"})
	plan, err := resolve(t, dir, `run: dock {slice} {slice2} --seed {seed}
split:
  product:
    - {lines: a.smi}
    - {fasta: b.fa, records: 1}
    - {range: {seed: 0..20/10}}
`)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Subjobs != 12 {
		t.Errorf("%d subjobs", plan.Subjobs)
	}
	p, err := split.At(plan.Spec.Split, 7, store(t, plan))
	if err != nil {
		t.Fatal(err)
	}
	got, err := command.Expand(plan.Spec.Command, p, 7)
	want := []string{"dock", "/in/slice/slice.smi", "/in/slice2/slice.fa", "--seed", "10"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if p.Slices[0].First != 1 || p.Slices[1].First != 0 {
		t.Errorf("%+v", p.Slices)
	}
}

// TestResolveRefuses tells every wrong file with the line that names it.
func TestResolveRefuses(t *testing.T) {
	dir := folder(t, map[string]string{"bad.fa": "ACGT\n", "a/x": "1", "b/x": "2", "empty/.keep": "", "bad.gz": "no", "wild.csv": ""})
	if err := os.Remove(filepath.Join(dir, "empty/.keep")); err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"run: p {in}\ninputs: [none.txt, none*.txt]\n":                                       `there is no file "none.txt"|no file matches "none*.txt"`,
		"run: p {in}\ninputs: [empty]\n":                                                     "there are no files in the folder",
		"run: p {in}\ninputs: [/dev/null]\n":                                                 "is not a regular file",
		"run: p {in}\ninputs: [{from: bad.fa, as: ../x}]\n":                                  `"../x" is not a name under {in}`,
		"run: p {in}\ninputs: [a/x, {from: b/x, as: a/x}]\n":                                 `two inputs are called "a/x"`,
		"run: p {slice}\nsplit: {fasta: none.fa}\n":                                          "no such file",
		"run: p {slice}\nsplit: {fasta: bad.fa}\n":                                           `job.yaml:2:16: bad.fa:1: a FASTA file begins with ">"`,
		"run: p {slice}\nsplit: {fasta: a}\n":                                                "is not a regular file",
		"run: p {slice}\nsplit: {csv: wild.csv}\n":                                           "wild.csv holds no records",
		"run: p {slice}\nsplit: {lines: bad.gz}\n":                                           "unpack",
		"run: p {slice}\nsplit: {files: [a/x, a/x], per: 2}\n":                               `two files called "a/x"`,
		"run: p {slice} {x}\nsplit: {product: [{files: '*/x'}, {range: {x: 1..9000000}}]}\n": "MaxSubjobs",
	}
	for src, want := range tests {
		_, err := resolve(t, dir, src)
		all, ok := errors.AsType[*Errors](err)
		if !ok {
			t.Errorf("%s: %v", src, err)
			continue
		}
		for _, part := range strings.Split(want, "|") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v, want %s", src, err, part)
			}
		}
		if all.Problems[0].Line != 2 {
			t.Errorf("%s: %+v", src, all.Problems)
		}
	}
}

func TestResolveStops(t *testing.T) {
	f, err := Parse("job.yaml", []byte("run: p {in}\ninputs: [a]\n"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	temp := t.TempDir()
	if _, err := f.Resolve(ctx, folder(t, map[string]string{"a": "1"}), temp); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	noneLeft(t, temp)
}

// TestResolveProteins splits 20,000 real proteins for a job of 40 subjobs.
func TestResolveProteins(t *testing.T) {
	if _, err := os.Stat(proteins); err != nil {
		t.Skipf("needs Debian's mmseqs2-examples: %v", err)
	}
	plan, err := resolve(t, t.TempDir(), "run: hmmsearch {slice}\nsplit: {fasta: "+proteins+", records: 500}\n")
	if err != nil {
		t.Fatal(err)
	}
	all := store(t, plan)
	joined := sha(t, plan, all)
	if plan.Subjobs != 40 || plan.Spec.Split.Slices.Count != 40 || len(plan.Files) != 2 {
		t.Errorf("%d subjobs, %d files", plan.Subjobs, len(plan.Files))
	}
	if _, ok := all[joined]; !ok {
		t.Error("the slices together are not the file")
	}
}

// sha is the digest of all slices together, each checked against its own.
func sha(t *testing.T, plan *Plan, all contents) fallow.Digest {
	t.Helper()
	var joined bytes.Buffer
	for i := range plan.Subjobs {
		p, err := split.At(plan.Spec.Split, i, all)
		if err != nil {
			t.Fatal(err)
		}
		file := p.Slices[0].Files[0]
		content := all.slice(file)
		if file.Name != "slice.fasta" || p.Slices[0].Records != 500 || fallow.DigestOf([]byte(content)) != file.Digest {
			t.Fatalf("slice %d: %+v", i, p.Slices[0])
		}
		joined.WriteString(content)
	}
	return fallow.DigestOf(joined.Bytes())
}
