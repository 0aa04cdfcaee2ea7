package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"fallow"
)

// session is a connection with the statements prepared on it. It exists so that a
// statement is parsed once in the life of a connection and not once per call.
type session struct {
	conn       *sql.Conn // nil until first used, and after it broke
	statements map[string]*sql.Stmt
}

// maxStatements bounds the prepared statements of a session. The text of this
// package has fewer; the bound is reached by a defect only.
const maxStatements = 512

func (s *session) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.statements[query]; ok {
		return st, nil
	}
	if len(s.statements) >= maxStatements {
		return nil, fallow.Errorf(fallow.CodeLimit, "more than %d prepared statements on one connection", maxStatements)
	}
	st, err := s.conn.PrepareContext(ctx, query)
	if err == nil {
		s.statements[query] = st
	}
	return st, err
}

func (s *session) close() error {
	if s.conn == nil {
		return nil
	}
	var errs []error
	for _, st := range s.statements {
		errs = append(errs, st.Close())
	}
	errs = append(errs, s.conn.Close())
	s.conn, s.statements = nil, nil
	return errors.Join(errs...)
}

// sessions is a pool of a fixed number of sessions.
type sessions struct {
	db     *sql.DB
	free   chan *session
	closed chan struct{}
}

func newSessions(db *sql.DB, n int) *sessions {
	p := &sessions{db: db, free: make(chan *session, n), closed: make(chan struct{})}
	for range n {
		p.free <- &session{}
	}
	return p
}

// take waits for a free session and connects it if need be.
func (p *sessions) take(ctx context.Context) (*session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closed:
		return nil, fallow.Errorf(fallow.CodeUnavailable, "the store is closed")
	case s := <-p.free:
		return s, p.connect(ctx, s)
	}
}

// connect gives a session its connection. A session that gets none is free again.
func (p *sessions) connect(ctx context.Context, s *session) error {
	if s.conn != nil {
		return nil
	}
	conn, err := p.db.Conn(ctx)
	if err != nil {
		p.free <- s
		return err
	}
	s.conn, s.statements = conn, map[string]*sql.Stmt{}
	return nil
}

func (p *sessions) give(s *session) { p.free <- s }

// close waits for every session to come back and closes it.
func (p *sessions) close() error {
	close(p.closed)
	var errs []error
	for range cap(p.free) {
		errs = append(errs, (<-p.free).close())
	}
	return errors.Join(errs...)
}
