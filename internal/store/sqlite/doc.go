// Package sqlite opens the grid's store in one SQLite file, the default for one
// server.
//
// The file is in WAL mode with synchronous=FULL: a commit is on the disk when it
// returns, readers see the state of when they began and never wait for the writer,
// and there is one writer at a time (sqlite.org/wal.html).
package sqlite
