package sqlite

import (
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"fallow"
)

// explain says what to do about errors of SQLite (sqlite.org/rescode.html) that
// people can do something about.
func explain(path string, err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) || alreadyExplained(err) {
		return err
	}
	switch e.Code() & 0xff { // the rest of the code only tells more of the same
	case sqlite3.SQLITE_NOTADB:
		return fallow.Errorf(fallow.CodeTampered, "file %q is not a database or its beginning is damaged: %w", path, err).
			WithHint("restore it from a backup, or name another file")
	case sqlite3.SQLITE_CORRUPT:
		return fallow.Errorf(fallow.CodeTampered, "database %q is damaged: %w", path, err).
			WithHint("check the disk, then restore the database from a backup")
	case sqlite3.SQLITE_FULL:
		return fallow.Errorf(fallow.CodeLimit, "the disk of database %q is full: %w", path, err).
			WithHint("make room there")
	case sqlite3.SQLITE_BUSY:
		return fallow.Errorf(fallow.CodeUnavailable, "another process kept database %q locked for %s: %w", path, busyTimeout, err).
			WithHint("only one server may use it")
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY:
		return fallow.Errorf(fallow.CodeInternal, "database %q cannot be opened for writing: %w", path, err).
			WithHint("its folder must exist, and folder and file must belong to the server's account")
	case sqlite3.SQLITE_IOERR:
		return fallow.Errorf(fallow.CodeUnavailable, "the disk of database %q failed: %w", path, err).
			WithHint("check the disk and the system's log")
	}
	return err
}

// alreadyExplained tells whether err went through explain before.
func alreadyExplained(err error) bool {
	_, ok := errors.AsType[*fallow.Error](err)
	return ok
}
