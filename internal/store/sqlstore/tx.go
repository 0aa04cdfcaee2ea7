package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"fallow"
)

// tx is one transaction; it implements store.Tx.
type tx struct {
	ctx     context.Context
	store   *Store
	session *session
	jobs    map[fallow.JobID]*jobRow
	created map[fallow.JobID]bool // jobs made by this transaction, which may yet be undone
}

// prepare finds the statement and the context to run it in. The end of ctx is
// looked for before a statement, not within: statements are short, and the driver
// starts a goroutine for each one that can be interrupted.
func (t *tx) prepare(query string) (*sql.Stmt, context.Context, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, nil, err
	}
	if t.session.conn == nil {
		return nil, nil, fallow.Errorf(fallow.CodeUnavailable, "the connection to the database broke")
	}
	ctx := context.WithoutCancel(t.ctx)
	st, err := t.session.prepare(ctx, query)
	return st, ctx, err
}

// exec runs a statement and tells how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	st, ctx, err := t.prepare(query)
	if err != nil {
		return 0, t.explain(err)
	}
	result, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, t.explain(err)
	}
	return result.RowsAffected()
}

// change runs a statement whose count of rows does not matter.
func (t *tx) change(query string, args ...any) error {
	_, err := t.exec(query, args...)
	return err
}

// row reads one row into dest; without one it gives [sql.ErrNoRows].
func (t *tx) row(query string, args []any, dest ...any) error {
	st, ctx, err := t.prepare(query)
	if err != nil {
		return t.explain(err)
	}
	return t.explain(st.QueryRowContext(ctx, args...).Scan(dest...))
}

// scanner is a row to be read: [sql.Rows] or [sql.Row].
type scanner interface{ Scan(dest ...any) error }

// list reads all rows of a query.
func list[T any](t *tx, scan func(scanner) (T, error), query string, args ...any) (all []T, err error) {
	st, ctx, err := t.prepare(query)
	if err != nil {
		return nil, t.explain(err)
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return nil, t.explain(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, t.explain(err)
		}
		all = append(all, item)
	}
	return all, t.explain(rows.Err())
}

// rollback undoes the transaction. It works after the end of ctx, too. A
// connection that can't even do that is given up.
func (t *tx) rollback() error {
	if t.session.conn == nil {
		return nil
	}
	_, err := t.session.conn.ExecContext(context.WithoutCancel(t.ctx), "ROLLBACK")
	if err == nil {
		return nil
	}
	return errors.Join(t.explain(err), t.session.close())
}

// explain makes an error of the driver readable, and gives up a broken connection.
func (t *tx) explain(err error) error {
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if errors.Is(err, driver.ErrBadConn) {
		return errors.Join(fallow.Errorf(fallow.CodeUnavailable, "the connection to the database broke: %w", err), t.session.close())
	}
	return t.store.dialect.Explain(err)
}
