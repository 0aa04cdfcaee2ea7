package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"fallow/internal/store"
	"fallow/internal/store/sqlstore"
)

// The shape of the database's use.
const (
	writers     = 1                // SQLite allows one
	readers     = 4                // more would only share the same disk
	busyTimeout = 10 * time.Second // wait for another process that writes, such as a backup
	cacheSize   = 16 << 10         // KiB of pages each connection keeps
	walSize     = 64 << 20         // bytes of the WAL kept for reuse after a checkpoint
)

// Open opens the database in the file at path, and makes it if need be. The folder
// must exist. A file that is damaged, no database, or of a newer version of this
// program is refused with an error that says so.
func Open(ctx context.Context, path string) (store.Store, error) {
	source, err := dataSource(path)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", source)
	if err != nil {
		return nil, fmt.Errorf("open database %q: %w", path, err)
	}
	db.SetMaxOpenConns(readers + writers)
	s, err := sqlstore.Open(ctx, db, sqlstore.Dialect{
		Migrations: goose.DialectSQLite3,
		BeginRead:  "BEGIN",
		BeginWrite: "BEGIN IMMEDIATE",
		Readers:    readers,
		Writers:    writers,
		Explain:    func(err error) error { return explain(path, err) },
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %q: %w", path, err), db.Close())
	}
	return s, nil
}

// dataSource is the driver's name for the file, with the settings of every
// connection.
func dataSource(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("open database %q: %w", path, err)
	}
	settings := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"temp_store(MEMORY)",
		fmt.Sprintf("cache_size(-%d)", cacheSize),
		fmt.Sprintf("journal_size_limit(%d)", walSize),
	}}
	return (&url.URL{Scheme: "file", Path: abs, RawQuery: settings.Encode()}).String(), nil
}
