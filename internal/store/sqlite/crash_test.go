package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"fallow/internal/store/sqlite"
)

// TestPowerCut opens what lies on the disk while the database is in use: the file
// and its WAL without their shared memory, as after a power cut. Whatever of the
// WAL's end is missing, the jobs are those of a whole number of updates; with all of
// it, they are all there.
func TestPowerCut(t *testing.T) {
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "fallow.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const updates, each = 5, 3
	for range updates {
		createJobs(t, s, each)
	}
	file, wal := read(t, filepath.Join(dir, "fallow.db")), read(t, filepath.Join(dir, "fallow.db-wal"))
	last := updates * each
	for cut := 0; cut < len(wal); cut += 1 + len(wal)/23 {
		path := filepath.Join(t.TempDir(), "fallow.db")
		write(t, path, file)
		write(t, path+"-wal", wal[:len(wal)-cut])
		n, err := readAll(t, path)
		if err != nil {
			t.Fatalf("without the last %d bytes: %v", cut, err)
		}
		if n%each != 0 || n > last || cut == 0 && n != updates*each {
			t.Errorf("without the last %d bytes there are %d jobs, written %d at a time", cut, n, each)
		}
		last = n
	}
	if last == updates*each {
		t.Error("cutting off the WAL changed nothing: this test tests nothing")
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
