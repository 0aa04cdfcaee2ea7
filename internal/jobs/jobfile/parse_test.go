package jobfile

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fallow"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestWrongFiles compares what is said about wrong job files with golden files.
func TestWrongFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/wrong/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse("job.yaml", src)
			if err == nil {
				t.Fatal("nothing was found to be wrong")
			}
			if fallow.CodeOf(err) != fallow.CodeInvalid {
				t.Errorf("code %s", fallow.CodeOf(err))
			}
			compareGolden(t, strings.TrimSuffix(path, ".yaml")+".want", err.Error()+"\n")
		})
	}
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("differs from %s (-want +got):\n%s", path, diff)
	}
}

// globins is the job of the design: proteins searched for a family.
const globins = `name: globin-search
run: hmmsearch --noali --tblout {out}/hits.tbl {in}/globins4.hmm {slice}
app: {files: [/usr/bin/hmmsearch]}
inputs: [globins4.hmm]
split: {fasta: swissprot.fasta, records: 500}
collect: {table: hits.tbl, into: hits.tsv, sort: {column: 5, numeric: true}}
needs: {memory: 256MiB, disk: 64MiB, time: {min: 1s, max: 10m}, node: 'os.arch == "amd64"'}
retries: 2
env: {THREADS: 1, WHERE: "{in}"}
`

func TestParse(t *testing.T) {
	got, err := Parse("x/job.yaml", []byte(globins))
	if err != nil {
		t.Fatal(err)
	}
	want := &File{
		Name:    "globin-search",
		Command: []string{"hmmsearch", "--noali", "--tblout", "{out}/hits.tbl", "{in}/globins4.hmm", "{slice}"},
		App:     App{Files: []string{"/usr/bin/hmmsearch"}},
		Inputs:  []Input{{From: "globins4.hmm"}},
		Split:   Split{Slices: &Slices{Kind: "fasta", From: []Path{{Path: "swissprot.fasta"}}, Per: 500}},
		Collect: fallow.Collect{Table: &fallow.CollectTable{File: "hits.tbl", Into: "hits.tsv", Separator: "space", Comment: "#",
			Sort: []fallow.SortKey{{Column: 5, Numeric: true}}}},
		Needs: fallow.Needs{Memory: 256 * fallow.MiB, Disk: 64 * fallow.MiB, MinTime: time.Second, MaxTime: 10 * time.Minute,
			Node: `os.arch == "amd64"`},
		Retries: 2,
		Env:     []string{"THREADS=1", "WHERE={in}"},
	}
	places := cmp.FilterPath(func(p cmp.Path) bool {
		return slices.Contains([]string{".at", ".text", ".program"}, p.Last().String())
	}, cmp.Ignore())
	if diff := cmp.Diff(want, got, places); diff != "" {
		t.Error(diff)
	}
}

func TestValuesKeepTheirText(t *testing.T) {
	f, err := Parse("job.yaml", []byte("run: p {x}\nsplit: {sweep: {x: [0.10, 1e3, 007, 0x1F, true, yes, \"\", 'a b', 1_000, .5, -0, 2020-01-01, \"1..3\"]}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"0.10", "1e3", "007", "0x1F", "true", "yes", "", "a b", "1_000", ".5", "-0", "2020-01-01", "1..3"}
	if diff := cmp.Diff(want, f.Split.Sweep[0].Values); diff != "" {
		t.Error(diff)
	}
	if f.Name != "job" || f.Retries != fallow.DefaultRetries {
		t.Errorf("defaults: %q, %d", f.Name, f.Retries)
	}
}

func TestProblemsAreReadByPrograms(t *testing.T) {
	_, err := Parse("job.yaml", []byte("run: p {sed}\nsplit: {range: {seed: 1..5}}\n"))
	all, ok := errors.AsType[*Errors](err)
	if !ok {
		t.Fatal(err)
	}
	got, err := json.Marshal(all.Problems)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"line":1,"column":8,"message":"nothing defines {sed}","hint":"did you mean {seed}?","excerpt":"    1 | run: p {sed}\n      |        ^\n"}]`
	if string(got) != want {
		t.Errorf("%s", got)
	}
}

func TestParseLimits(t *testing.T) {
	tests := map[string]string{
		"run: p\nname: " + strings.Repeat("x", int(fallow.MaxJobFile)): "MaxJobFile",
		strings.Repeat("[", 100_000):                                   "MaxDepth",
		strings.Repeat("- ", 1000) + "a":                               "MaxDepth",
		strings.Repeat("a: b\n", 100_000):                              "MaxKeys",
		"run: p " + strings.Repeat("x ", 5000):                         "MaxCommandWords",
		"run: p " + strings.Repeat("x", 200_000):                       "MaxCommandSize",
		"run: p\nname: " + strings.Repeat("x", 200):                    "MaxName",
	}
	for src, want := range tests {
		_, err := Parse("job.yaml", []byte(src))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %.200v, want %s", src, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(globins))
	paths, err := filepath.Glob("testdata/wrong/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		file, err := Parse("job.yaml", src)
		if err != nil {
			if all, ok := errors.AsType[*Errors](err); !ok || len(all.Problems) == 0 || err.Error() == "" {
				t.Fatalf("an error without problems: %v", err)
			}
			return
		}
		if len(file.Command) == 0 || file.Name == "" {
			t.Fatalf("no command or name, and no error: %+v", file)
		}
	})
}

func TestProgramNeedsFurtherFiles(t *testing.T) {
	got, err := Parse("a.yaml", []byte("run: fold\napp: {with: [lib/libfold.so, {from: data, at: /opt/data}]}\n"))
	want := []With{{From: "lib/libfold.so"}, {From: "data", At: "/opt/data"}}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.App.With); diff != "" {
		t.Error(diff)
	}
	_, err = Parse("a.yaml", []byte("run: fold\napp: {with: [{at: /opt/data}]}\n"))
	if err == nil || !strings.Contains(err.Error(), "a.yaml:2:14: an entry of with has no from") {
		t.Errorf("got %v", err)
	}
}

func TestProgramIsRefusedWhereItIsNamed(t *testing.T) {
	file, err := Parse("a.yaml", []byte("name: a\nrun: fold\ninputs: [x]\nenv: {IN: \"{in}\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, others := file.Resolve(t.Context(), t.TempDir(), t.TempDir())
	err = file.RefuseProgram([]ProgramProblem{{Message: "no fold", Hint: "look"}}, others)
	found, ok := errors.AsType[*Errors](err)
	if !ok || len(found.Problems) != 2 || found.Problems[0].Line != 2 || found.Problems[0].Hint != "look" || found.Problems[1].Line != 3 {
		t.Errorf("got %v, want the program's problem and that of the inputs", err)
	}
}
