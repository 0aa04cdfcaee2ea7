package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	kinaseProfile = "/usr/share/doc/hmmer/examples/tutorial/Pkinase.hmm"
	proteins      = "/usr/share/doc/mmseqs2/example-data/DB.fasta.gz"
)

// A search split over nodes gives what one serial run gives: the same targets, with
// the same scores and E-values.
func TestSearchEqualsTheSerialRun(t *testing.T) {
	needSearch(t)
	newGrid(t, 3).checkSearch()
}

func needSearch(t *testing.T) {
	t.Helper()
	need(t, "hmmsearch", "zcat")
	needFiles(t, kinaseProfile, proteins)
}

// checkSearch runs examples/hmmer and compares its result with a serial run's.
func (g *grid) checkSearch() {
	g.t.Helper()
	job := g.submit(g.read("../examples/hmmer/job.yaml"))
	got := hits(g.t, filepath.Join(g.results(job), "hits.tbl"))
	want := serialHits(g.t)
	if len(want) != 430 {
		g.t.Errorf("the serial run has %d hits, want 430", len(want))
	}
	if !slices.Equal(got, want) {
		g.t.Errorf("the grid's %d hits differ from the serial run's %d", len(got), len(want))
	}
}

func serialHits(t *testing.T) []string {
	t.Helper()
	table := filepath.Join(t.TempDir(), "serial.tbl")
	serial := exec.Command("sh", "-c", `zcat "$1" | hmmsearch --noali -Z 20000 --tblout "$2" "$3" -`, "sh", proteins, table, kinaseProfile)
	if out, err := serial.CombinedOutput(); err != nil {
		t.Fatalf("serial run: %v\n%s", err, out)
	}
	return hits(t, table)
}

// hits gives target, E-value and score of every row, in an order of its own.
func hits(t *testing.T, path string) []string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) > 5 && fields[0][0] != '#' {
			rows = append(rows, strings.Join([]string{fields[0], fields[4], fields[5]}, " "))
		}
	}
	slices.Sort(rows)
	return rows
}

// A Monte Carlo job in Python: a range split, a statistics collector, and standard
// output as the result.
func TestMonteCarlo(t *testing.T) {
	need(t, "python3")
	g := newGrid(t, 2)
	g.run("submit", "--wait", "../examples/pi/job.yaml")
	stats := g.read(filepath.Join(g.results(1), "pi.tsv"))
	header, row, _ := strings.Cut(strings.TrimSpace(stats), "\n")
	if !strings.HasPrefix(header, "count\tmean\t") || !strings.HasPrefix(row, "64\t3.14") {
		t.Errorf("statistics of 64 estimates of pi:\n%s", stats)
	}
}
