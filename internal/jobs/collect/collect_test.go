package collect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fallow"
)

// memory is a source of subjobs' files in memory: by index, then by name.
type memory struct {
	subjobs []map[string]string
	next    int
}

func (m *memory) Next(context.Context) (Result, error) {
	if m.next == len(m.subjobs) {
		return Result{}, io.EOF
	}
	r := Result{Index: int64(m.next)}
	for _, name := range slices.Sorted(maps.Keys(m.subjobs[m.next])) {
		content := m.subjobs[m.next][name]
		r.Files = append(r.Files, fallow.FileRef{Path: name, Digest: fallow.DigestOf([]byte(content)), Size: int64(len(content))})
	}
	m.next++
	return r, nil
}

func (m *memory) Open(_ context.Context, file fallow.FileRef) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(m.subjobs[m.next-1][file.Path])), nil
}

// sourceOf gives every subjob one file called "f".
func sourceOf(contents ...string) *memory {
	var m memory
	for _, content := range contents {
		m.subjobs = append(m.subjobs, map[string]string{"f": content})
	}
	return &m
}

// results are the files of a job's result.
type results map[string]*bytes.Buffer

func (r results) create(name string) (io.WriteCloser, error) {
	r[name] = &bytes.Buffer{}
	return closer{r[name]}, nil
}

type closer struct{ io.Writer }

func (closer) Close() error { return nil }

// run collects into one file and gives its content.
func run(t testing.TB, c fallow.Collect, src Source, o Options) (string, Report, error) {
	t.Helper()
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	into := results{}
	report, err := Run(t.Context(), c, src, into.create, o)
	if left, lerr := os.ReadDir(o.TempDir); lerr != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, lerr)
	}
	if err != nil || report.Into == "" {
		return "", report, err
	}
	return into[report.Into].String(), report, nil
}

func tableOf(change func(*fallow.CollectTable)) fallow.Collect {
	c := fallow.CollectTable{File: "f", Into: "r", Separator: SeparatorSpace, Comment: "#"}
	change(&c)
	return fallow.Collect{Table: &c}
}

// hits are two tables as hmmsearch --tblout prints them, and one without a hit.
var hits = []string{
	"# name  E-value\n# ----  -------\nA -  3e-10  7\nB -  0.5  1\n#\n# Program: x\n",
	"# name  E-value\n# ----  -------\n#\n# Program: x\n",
	"# name  E-value\n# ----  -------\nC -  1e-200  9\nD - inf 0\n#\n",
}

func TestTable(t *testing.T) {
	head := "# name  E-value\n# ----  -------\n"
	tests := map[string]struct {
		change func(*fallow.CollectTable)
		files  []string
		want   string
	}{
		"joined": {func(*fallow.CollectTable) {}, hits, head + "A -  3e-10  7\nB -  0.5  1\nC -  1e-200  9\nD - inf 0\n"},
		"sorted": {func(c *fallow.CollectTable) { c.Sort = []fallow.SortKey{{Column: 3, Numeric: true}} }, hits,
			head + "C -  1e-200  9\nA -  3e-10  7\nB -  0.5  1\nD - inf 0\n"},
		"top": {func(c *fallow.CollectTable) {
			c.Sort, c.Top = []fallow.SortKey{{Column: 4, Numeric: true, Descending: true}}, 2
		}, hits,
			head + "C -  1e-200  9\nA -  3e-10  7\n"},
		"top without sort": {func(c *fallow.CollectTable) { c.Top = 1 }, hits, head + "A -  3e-10  7\n"},
		"text": {func(c *fallow.CollectTable) { c.Sort = []fallow.SortKey{{Column: 1, Descending: true}} }, []string{"a 1\nc 2\n", "b 3"},
			"c 2\nb 3\na 1\n"},
		"no hits at all": {func(*fallow.CollectTable) {}, []string{hits[1], hits[1]}, hits[1]},
		"header": {func(c *fallow.CollectTable) {
			c.Header, c.Separator, c.Sort = true, SeparatorComma, []fallow.SortKey{{Column: 2, Numeric: true}}
		},
			[]string{"id,x\r\n\"a,\"\"b\",3\r\n", "id,x\r\n", "id,x\r\nc,2\r\n"}, "id,x\nc,2\n\"a,\"\"b\",3\n"},
		"header without rows": {func(c *fallow.CollectTable) { c.Header = true }, []string{"id x\n", "id x\n"}, "id x\n"},
		"empty column":        {func(c *fallow.CollectTable) { c.Separator, c.Sort = SeparatorTab, []fallow.SortKey{{Column: 2}} }, []string{"a\tz\nb\t\n"}, "b\t\na\tz\n"},
		"not numbers last": {func(c *fallow.CollectTable) { c.Sort = []fallow.SortKey{{Column: 1, Numeric: true, Descending: true}} },
			[]string{"nan\n1\n-inf\n", "+Inf\nNaN\n"}, "+Inf\n1\n-inf\nnan\nNaN\n"},
		"nothing": {func(*fallow.CollectTable) {}, nil, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, report, err := run(t, tableOf(test.change), sourceOf(test.files...), Options{})
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if report.Subjobs != int64(len(test.files)) || report.Into != "r" {
				t.Errorf("%+v", report)
			}
		})
	}
}

func TestTableRefuses(t *testing.T) {
	numeric := func(c *fallow.CollectTable) { c.Sort = []fallow.SortKey{{Column: 2, Numeric: true}} }
	comma := func(c *fallow.CollectTable) { c.Separator = SeparatorComma; numeric(c) }
	tests := map[string]struct {
		change func(*fallow.CollectTable)
		files  []string
	}{
		`line 3 of "f" of subjob 1: column 2 is "x", which is not a number`:    {numeric, []string{"a 1\n", "#\nb 2\nc x\n"}},
		`line 1 of "f" of subjob 0: has 1 columns, not 2`:                      {numeric, []string{"a\n"}},
		`line 1 of "f" of subjob 0: has a quote that does not end in the line`: {comma, []string{"\"a,1\n"}},
		`line 1 of "f" of subjob 0: has text after a closing quote`:            {comma, []string{"\"a\"b,1\n"}},
		`the columns of "f" of subjob 1 are "b", those before were "a"`:        {func(c *fallow.CollectTable) { c.Header = true }, []string{"a\n", "b\n"}},
	}
	for want, test := range tests {
		_, _, err := run(t, tableOf(test.change), sourceOf(test.files...), Options{})
		if err == nil || err.Error() != want || fallow.CodeOf(err) != fallow.CodeInvalid {
			t.Errorf("%v, want %s", err, want)
		}
	}
	long := sourceOf(strings.Repeat("x", int(MaxRow)+1))
	if _, _, err := run(t, tableOf(numeric), long, Options{}); fallow.CodeOf(err) != fallow.CodeLimit {
		t.Error(err)
	}
}

func TestMissingFileNamesTheSubjob(t *testing.T) {
	for _, c := range []fallow.Collect{
		{Concat: &fallow.CollectConcat{File: "g", Into: "r"}},
		{Table: &fallow.CollectTable{File: "g", Into: "r", Separator: SeparatorTab}},
		{Stats: &fallow.CollectStats{File: "g", Into: "r", Separator: SeparatorTab, Column: 1}},
	} {
		src := sourceOf("1\n", "2\n")
		src.subjobs[0]["g"] = "1\n"
		_, _, err := run(t, c, src, Options{})
		if want := `subjob 1 left no file "g" among its 1`; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestSortOnDisk: a sort in runs on disk gives what a stable sort in memory does.
func TestSortOnDisk(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfN(rapid.StringMatching(`[a-c] -?[0-9](e-[0-9])? [a-z]{0,9}`), 0, 400).Draw(rt, "rows")
		keys := []fallow.SortKey{
			{Column: 2, Numeric: true, Descending: rapid.Bool().Draw(rt, "descending")},
			{Column: 1, Descending: rapid.Bool().Draw(rt, "descending too")},
		}[:rapid.IntRange(1, 2).Draw(rt, "keys")]
		top := rapid.Int64Range(0, 50).Draw(rt, "top")
		// A few rows fill the memory, so that hundreds of runs are merged twice.
		o := Options{Memory: fallow.Size(rapid.Int64Range(200, 2000).Draw(rt, "memory"))}
		got, _, err := run(t, tableOf(func(c *fallow.CollectTable) { c.Sort, c.Top = keys, top }), sourceOf(strings.Join(rows, "\n")), o)
		if err != nil {
			rt.Fatal(err)
		}
		want := sortInMemory(rows, keys, top)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func sortInMemory(rows []string, keys []fallow.SortKey, top int64) string {
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b string) int {
		for _, key := range keys {
			x, y := strings.Fields(a)[key.Column-1], strings.Fields(b)[key.Column-1]
			order := strings.Compare(x, y)
			if key.Numeric {
				v, _ := strconv.ParseFloat(x, 64)
				w, _ := strconv.ParseFloat(y, 64)
				order = int(math.Copysign(1, v-w))
				if v == w {
					order = 0
				}
			}
			if key.Descending {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
	if top > 0 && int64(len(sorted)) > top {
		sorted = sorted[:top]
	}
	if len(sorted) == 0 {
		return ""
	}
	return strings.Join(sorted, "\n") + "\n"
}

func TestConcat(t *testing.T) {
	got, report, err := run(t, fallow.Collect{Concat: &fallow.CollectConcat{File: "f", Into: "all"}}, sourceOf("a", "\x00b\n", "", "c"), Options{})
	if got != "a\x00b\nc" || report.Subjobs != 4 || err != nil {
		t.Errorf("%q, %+v, %v", got, report, err)
	}
}

func TestFiles(t *testing.T) {
	src := &memory{subjobs: []map[string]string{{"a.txt": "1", "log": "2"}, {"sub/b.txt": "3", "c.txt": "4"}}}
	_, report, err := run(t, fallow.Collect{}, src, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"0/a.txt", "0/log", "1/c.txt", "1/sub/b.txt"}, pathsOf(report)); diff != "" {
		t.Error(diff)
	}
	src.next = 0
	_, report, err = run(t, fallow.Collect{Files: &fallow.CollectFiles{Match: []string{"*.txt", "lo?"}}}, src, Options{})
	if diff := cmp.Diff([]string{"0/a.txt", "0/log", "1/c.txt"}, pathsOf(report)); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if report.Files[0].Digest != fallow.DigestOf([]byte("1")) {
		t.Error("the file lost its digest")
	}
}

func pathsOf(r Report) (paths []string) {
	for _, file := range r.Files {
		paths = append(paths, file.Path)
	}
	return paths
}

func TestStats(t *testing.T) {
	c := fallow.Collect{Stats: &fallow.CollectStats{File: "f", Into: "r", Separator: SeparatorSpace, Column: 2}}
	got, report, err := run(t, c, sourceOf("# x\na 2\na 4\n", "\na 4\n", "a 4\na 5\na 5\na 7\na 9\n"), Options{})
	want := "count\tmean\tstddev\tstderr\tmin\tmax\tsum\n8\t5\t2.138089935299395\t0.7559289460184544\t2\t9\t40\n"
	if got != want || report.Rows != 8 || err != nil {
		t.Errorf("%q, %+v, %v", got, report, err)
	}
	if got, _, err := run(t, c, sourceOf("a 3\n"), Options{}); !strings.HasSuffix(got, "1\t3\tNaN\tNaN\t3\t3\t3\n") || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, wrong := range []string{"a x\n", "a\n", "", "# only\n"} {
		if got, _, err := run(t, c, sourceOf(wrong), Options{}); fallow.CodeOf(err) != fallow.CodeInvalid || err == nil {
			t.Errorf("%q gave %q, %v", wrong, got, err)
		}
	}
}

// TestStatsAreExact: large numbers that cancel out leave the small ones.
func TestStatsAreExact(t *testing.T) {
	var m moments
	for _, v := range []float64{1e100, 1, -1e100, 1} {
		m.add(v)
	}
	if m.total() != 2 {
		t.Errorf("sum %v, want 2", m.total())
	}
	var far moments
	for i := range 1000 {
		far.add(1e9 + float64(i%2))
	}
	if d := far.deviation(); math.Abs(d-0.50025) > 1e-5 {
		t.Errorf("standard deviation %v", d)
	}
	var inf moments
	inf.add(math.Inf(1))
	inf.add(1)
	if !math.IsInf(inf.total(), 1) {
		t.Errorf("sum %v", inf.total())
	}
}

func TestValidateRefuses(t *testing.T) {
	for i, c := range []fallow.Collect{
		{Concat: &fallow.CollectConcat{File: "f", Into: "r"}, Files: &fallow.CollectFiles{}},
		{Concat: &fallow.CollectConcat{File: "/f", Into: "r"}},
		{Concat: &fallow.CollectConcat{File: "f", Into: "../r"}},
		{Concat: &fallow.CollectConcat{File: "", Into: "r"}},
		{Files: &fallow.CollectFiles{Match: []string{"[a"}}},
		{Files: &fallow.CollectFiles{Match: make([]string, MaxPatterns+1)}},
		tableOf(func(c *fallow.CollectTable) { c.Separator = "pipe" }),
		tableOf(func(c *fallow.CollectTable) { c.Sort = []fallow.SortKey{{Column: 0}} }),
		tableOf(func(c *fallow.CollectTable) { c.Sort = make([]fallow.SortKey, MaxSortKeys+1) }),
		tableOf(func(c *fallow.CollectTable) { c.Top = -1 }),
		tableOf(func(c *fallow.CollectTable) { c.Comment = strings.Repeat("#", MaxComment+1) }),
		{Stats: &fallow.CollectStats{File: "f", Into: "r", Separator: SeparatorTab}},
	} {
		if err := Validate(c); err == nil {
			t.Errorf("case %d is accepted: %+v", i, c)
		}
	}
}

func TestOutputs(t *testing.T) {
	for want, c := range map[string]fallow.Collect{
		"[] false":         {},
		"[*.x] false":      {Files: &fallow.CollectFiles{Match: []string{"*.x"}}},
		"[a stdout] true":  {Files: &fallow.CollectFiles{Match: []string{"a", "stdout"}}},
		"[stdout] true":    {Concat: &fallow.CollectConcat{File: "stdout"}},
		"[f] false":        tableOf(func(*fallow.CollectTable) {}),
		"[numbers] false ": {Stats: &fallow.CollectStats{File: "numbers"}},
	} {
		if got := fmt.Sprint(Outputs(c), WantsStdout(c)); got != strings.TrimSpace(want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestFailuresOfTheRimComeThrough(t *testing.T) {
	broken := errors.New("broken")
	c := fallow.Collect{Concat: &fallow.CollectConcat{File: "f", Into: "r"}}
	_, err := Run(t.Context(), c, sourceOf("a"), func(string) (io.WriteCloser, error) { return nil, broken }, Options{})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	_, err = Run(t.Context(), c, sourceOf("a"), func(string) (io.WriteCloser, error) { return failing{broken}, nil }, Options{})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func (f failing) Close() error { return f.err }
