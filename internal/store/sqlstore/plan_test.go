package sqlstore_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"fallow/internal/store"
	"fallow/internal/store/sqlite"
	"fallow/internal/store/sqlstore"
	"fallow/internal/store/storetest"
)

// watched is a store that tells its statements before it first closes.
type watched struct {
	*sqlstore.Store
	first sync.Once
	tell  func([]string)
}

func (w *watched) Close() error {
	w.first.Do(func() { w.tell(w.Statements()) })
	return w.Store.Close()
}

// watcher gathers the statements of all stores that it opens.
type watcher struct {
	mu         sync.Mutex
	statements map[string]bool
}

func (w *watcher) open(ctx context.Context, dir string) (store.Store, error) {
	s, err := sqlite.Open(ctx, filepath.Join(dir, "fallow.db"))
	if err != nil {
		return nil, err
	}
	return &watched{Store: s.(*sqlstore.Store), tell: w.add}, nil
}

func (w *watcher) add(statements []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range statements {
		w.statements[s] = true
	}
}

func TestMain(m *testing.M) { os.Exit(storetest.Main(m, new(watcher).open)) }

// dear are the steps of plans whose cost grows with a table.
var dear = regexp.MustCompile(`^SCAN|^USE TEMP B-TREE FOR ORDER BY`)

// allowed are dear steps that are not: they walk along something small, along the
// rows that the statement gives, or along an index until LIMIT.
var allowed = regexp.MustCompile(`^SCAN (CONSTANT ROW|\d+-ROW VALUES CLAUSE|job_numbers|run|users|audit|w|jobs USING INDEX jobs_leasable)\b`)

// sorted are the statements that sort the few rows they give: what runs on a node,
// and the waiting subjobs of a round.
var sorted = regexp.MustCompile(`FROM leases WHERE node|^SELECT w\.idx`)

// TestNoStatementScansATable lets the conformance suite run and then asks SQLite
// how it carries out each statement: what an operation costs must not grow with
// what the store holds.
func TestNoStatementScansATable(t *testing.T) {
	w := watcher{statements: map[string]bool{}}
	storetest.Run(t, w.open)
	path := filepath.Join(t.TempDir(), "fallow.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for statement := range w.statements {
		for _, step := range plan(t, db, statement) {
			sorts := strings.HasPrefix(step, "USE TEMP") && sorted.MatchString(statement)
			if dear.MatchString(step) && !allowed.MatchString(step) && !sorts {
				t.Errorf("%s: %s", step, statement)
			}
		}
	}
	if len(w.statements) < 40 {
		t.Errorf("only %d statements were seen", len(w.statements))
	}
}

var placeholder = regexp.MustCompile(`\$(\d+)`)

// plan gives the steps of EXPLAIN QUERY PLAN (sqlite.org/eqp.html).
func plan(t *testing.T, db *sql.DB, statement string) (steps []string) {
	t.Helper()
	var args []any
	for _, match := range placeholder.FindAllStringSubmatch(statement, -1) {
		n, err := strconv.Atoi(match[1])
		if err != nil {
			t.Fatal(err)
		}
		for len(args) < n {
			args = append(args, 0)
		}
	}
	rows, err := db.Query("EXPLAIN QUERY PLAN "+statement, args...)
	if err != nil {
		t.Fatalf("%v: %s", err, statement)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, detail)
	}
	return steps
}
