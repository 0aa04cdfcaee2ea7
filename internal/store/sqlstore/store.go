package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"fallow"
	"fallow/internal/store"
)

// Store is the grid's store in an SQL database.
type Store struct {
	db      *sql.DB
	dialect Dialect
	readers *sessions
	writers *sessions
	specs   *specCache
	closing sync.Once
	closed  error // of closing
}

// Open brings db up to date and makes a Store of it, which closes db. When Open
// fails, closing db is left to the caller.
func Open(ctx context.Context, db *sql.DB, d Dialect) (*Store, error) {
	if err := migrate(ctx, db, d); err != nil {
		return nil, err
	}
	return &Store{
		db:      db,
		dialect: d,
		readers: newSessions(db, d.Readers),
		writers: newSessions(db, d.Writers),
		specs:   newSpecCache(maxCachedSpecs),
	}, nil
}

// View implements [store.Store].
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	return s.transaction(ctx, s.readers, s.dialect.BeginRead, func(t *tx) error { return fn(t) })
}

// Update implements [store.Store].
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.transaction(ctx, s.writers, s.dialect.BeginWrite, func(t *tx) error { return fn(t) })
}

// transaction runs fn between begin and COMMIT on a session of its own. Until it
// commits, an error, a panic or the end of ctx undoes everything.
func (s *Store) transaction(ctx context.Context, pool *sessions, begin string, fn func(*tx) error) (err error) {
	c, err := pool.take(ctx)
	if err != nil {
		return s.dialect.Explain(err)
	}
	defer pool.give(c)
	t := &tx{ctx: ctx, store: s, session: c, jobs: map[fallow.JobID]*jobRow{}, created: map[fallow.JobID]bool{}}
	if _, err := t.exec(begin); err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	done := false
	defer func() {
		if !done {
			err = errors.Join(err, t.rollback())
		}
	}()
	if err := fn(t); err != nil {
		return err
	}
	if err := t.flush(); err != nil {
		return err
	}
	if _, err := t.exec("COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	done = true
	return nil
}

// Close implements [store.Store].
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.closed = errors.Join(s.readers.close(), s.writers.close(), s.db.Close())
	})
	return s.closed
}
