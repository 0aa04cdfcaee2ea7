package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fallow"
	"fallow/internal/store"
	"fallow/internal/store/sqlite"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// filled makes a database with n jobs in it and gives its path.
func filled(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fallow.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	createJobs(t, s, n)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func createJobs(t *testing.T, s store.Store, n int) {
	t.Helper()
	err := s.Update(t.Context(), func(tx store.Tx) error {
		for i := range n {
			spec := fallow.JobSpec{Name: fmt.Sprintf("job %d", i), Env: []string{strings.Repeat("x", 500)}}
			if _, err := tx.CreateJob("ada", "", spec, 10, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// readAll reads every job in full and tells how many there are.
func readAll(t *testing.T, path string) (n int, err error) {
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	err = s.View(t.Context(), func(r store.Reader) error {
		jobs, err := r.Jobs(store.JobFilter{Limit: 1000})
		if err != nil {
			return err
		}
		for _, j := range jobs {
			if _, err := r.Job(j.ID); err != nil {
				return err
			}
		}
		n = len(jobs)
		return nil
	})
	return n, err
}

func wantError(t *testing.T, err error, code fallow.Code, words string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one of code %s", code)
	}
	if fallow.CodeOf(err) != code || !strings.Contains(err.Error(), words) || fallow.HintOf(err) == "" {
		t.Errorf("%v (%s, hint %q), want code %s, a hint and %q", err, fallow.CodeOf(err), fallow.HintOf(err), code, words)
	}
}

func TestRefusesAnotherFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fallow.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readAll(t, path)
	wantError(t, err, fallow.CodeTampered, "is not a database")
}

func TestTellsOfDamage(t *testing.T) {
	path := filled(t, 100)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The pages of jobs and specs lie in the second half.
	for i := len(content) / 2; i < len(content); i++ {
		content[i] = 0xaa
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = readAll(t, path)
	wantError(t, err, fallow.CodeTampered, "is damaged")
}

func TestTellsOfMissingPages(t *testing.T) {
	path := filled(t, 100)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()/2); err != nil {
		t.Fatal(err)
	}
	_, err = readAll(t, path)
	wantError(t, err, fallow.CodeTampered, "is damaged")
}

func TestRefusesMissingFolder(t *testing.T) {
	_, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "none", "fallow.db"))
	wantError(t, err, fallow.CodeInternal, "cannot be opened")
}

func TestRefusesNewerVersion(t *testing.T) {
	path := filled(t, 1)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = readAll(t, path)
	wantError(t, err, fallow.CodeUnsupported, "version 9999")
}

// TestUnusualPaths: no character of a path means anything to the driver.
func TestUnusualPaths(t *testing.T) {
	for _, name := range []string{"a b.db", "50%.db", "q?mode=memory", "#1.db", "ä.db"} {
		path := filepath.Join(t.TempDir(), name)
		s, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}
