package e2e

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scores is a program that leaves a table of three rows in /out.
const scores = `#!/bin/sh
echo "# scored by nobody" > "$2"
echo "name,score" >> "$2"
for k in 1 2 3; do echo "c$1-$k,$(( ($1 * 31 + $k * 17) % 23 ))" >> "$2"; done
`

// scoreJobs is how many subjobs of scores there are, from number 1.
const scoreJobs = 6

const scoreJob = `run: scores.sh {n} {out}/scores.csv
app: {script: scores.sh}
split: {range: {n: 1..6}}
collect: %s
`

// row is a row of the table that scores makes.
type row struct {
	name  string
	score int
}

func (r row) String() string { return fmt.Sprintf("%s,%d\n", r.name, r.score) }

// allScores computes what all subjobs together write, in order.
func allScores() []row {
	var rows []row
	for n := 1; n <= scoreJobs; n++ {
		for k := 1; k <= 3; k++ {
			rows = append(rows, row{fmt.Sprintf("c%d-%d", n, k), (n*31 + k*17) % 23})
		}
	}
	return rows
}

func text(head string, rows []row) string {
	for _, r := range rows {
		head += r.String()
	}
	return head
}

// Every collector makes of the subjobs' files what can be computed without a grid.
func TestCollectors(t *testing.T) {
	g := newGrid(t, 2)
	g.write("scores.sh", scores)
	for name, check := range map[string]func(*grid){
		"files": (*grid).checkFiles, "concat": (*grid).checkConcat,
		"table": (*grid).checkTable, "top": (*grid).checkTop, "stats": (*grid).checkStats,
	} {
		t.Run(name, func(t *testing.T) { check(g.in(t)) })
	}
}

const scoreHead = "# scored by nobody\nname,score\n"

func (g *grid) checkFiles() {
	dir := g.results(g.submit(fmt.Sprintf(scoreJob, "{files: ['*.csv']}")))
	for i := range scoreJobs {
		want := text(scoreHead, allScores()[3*i:3*i+3])
		if got := g.read(filepath.Join(dir, fmt.Sprint(i), "scores.csv")); got != want {
			g.t.Errorf("subjob %d left:\n%s\nwant:\n%s", i, got, want)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != scoreJobs {
		g.t.Errorf("%d folders (%v), want %d", len(entries), err, scoreJobs)
	}
}

func (g *grid) checkConcat() {
	want := ""
	for i := range scoreJobs {
		want += text(scoreHead, allScores()[3*i:3*i+3])
	}
	g.wantResult("{concat: scores.csv, into: all.csv}", want)
}

func (g *grid) checkTable() {
	rows := allScores()
	slices.SortStableFunc(rows, func(a, b row) int { return a.score - b.score })
	g.wantResult("{table: scores.csv, into: all.csv, header: true, sort: {column: 2, numeric: true}}", text(scoreHead, rows))
}

func (g *grid) checkTop() {
	rows := allScores()
	slices.SortFunc(rows, func(a, b row) int {
		if a.score != b.score {
			return b.score - a.score
		}
		return strings.Compare(a.name, b.name)
	})
	g.wantResult("{table: scores.csv, into: all.csv, header: true, "+
		"sort: [{column: 2, numeric: true, descending: true}, {column: 1}], top: 5}", text(scoreHead, rows[:5]))
}

// wantResult runs the job with a collector, which must make one file.
func (g *grid) wantResult(collector, want string) {
	g.t.Helper()
	if got := g.result(fmt.Sprintf(scoreJob, collector), "all.csv"); got != want {
		g.t.Errorf("the result is:\n%s\nwant:\n%s", got, want)
	}
}

func (g *grid) checkStats() {
	got := g.result(`run: sh -c 'echo $(( {n} * {n} ))'
split: {range: {n: 1..6}}
collect: {stats: stdout, into: stats.tsv, column: 1}
`, "stats.tsv")
	var count, mean, deviation, stderr, least, most, sum float64
	if _, err := fmt.Sscanf(got, "count\tmean\tstddev\tstderr\tmin\tmax\tsum\n%g\t%g\t%g\t%g\t%g\t%g\t%g\n",
		&count, &mean, &deviation, &stderr, &least, &most, &sum); err != nil {
		g.t.Fatalf("%v in:\n%s", err, got)
	}
	// 1, 4, 9, 16, 25, 36
	wantDeviation := math.Sqrt((2275 - 91.*91/6) / 5)
	if count != 6 || least != 1 || most != 36 || sum != 91 || math.Abs(mean-91./6) > 1e-9 ||
		math.Abs(deviation-wantDeviation) > 1e-9 || math.Abs(stderr-wantDeviation/math.Sqrt(6)) > 1e-9 {
		g.t.Errorf("statistics of the first six squares:\n%s", got)
	}
}
