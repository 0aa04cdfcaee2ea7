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

// need skips a test on a machine without the programs it runs.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		_, err := exec.LookPath(name)
		skipOn(t, err)
	}
}

// needFiles skips a test on a machine without the files it reads.
func needFiles(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		_, err := os.Stat(path)
		skipOn(t, err)
	}
}

// skipOn skips a test visibly; CI has everything, so there it fails.
func skipOn(t *testing.T, err error) {
	t.Helper()
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("missing in CI: %v", err)
	}
	if err != nil {
		t.Skip(err)
	}
}

// A search split over nodes gives what one serial run gives: the same targets, with
// the same scores and E-values.
func TestSearchEqualsTheSerialRun(t *testing.T) {
	need(t, "hmmsearch", "zcat")
	needFiles(t, kinaseProfile, proteins)
	g := newGrid(t, 3)
	g.run("submit", "--wait", "../examples/hmmer/job.yaml")
	results := filepath.Join(g.dir, "results")
	g.run("results", "1", "--output", results)

	got := hits(t, filepath.Join(results, "hits.tbl"))
	want := serialHits(t)
	if len(want) != 430 {
		t.Errorf("the serial run has %d hits, want 430", len(want))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the grid's %d hits differ from the serial run's %d", len(got), len(want))
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
	results := filepath.Join(g.dir, "results")
	g.run("results", "1", "--output", results)
	stats, err := os.ReadFile(filepath.Join(results, "pi.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	header, row, _ := strings.Cut(strings.TrimSpace(string(stats)), "\n")
	if !strings.HasPrefix(header, "count\tmean\t") || !strings.HasPrefix(row, "64\t3.14") {
		t.Errorf("statistics of 64 estimates of pi:\n%s", stats)
	}
}
