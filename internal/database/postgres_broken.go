package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/lib/pq"
)

// errLongError stands for an error of the server that lib/pq cannot read.
var errLongError = errors.New("the server's error message was longer than 30,000 bytes")

// hear returns what to make of the error of a call. One that is not the server's own breaks the connection: nothing can be
// understood after it, and lib/pq would read on in the middle of a message until the query's timeout.
func (c *postgresConn) hear(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, driver.ErrSkip) {
		return err
	}
	if _, ok := errors.AsType[*pq.Error](err); ok {
		return err
	}
	if c.broken == nil {
		c.broken = err
		c.discard()
		c.network.Close()
		// It cannot be sent. lib/pq takes the connection for lost, and closes statements and rows without reading on.
		_, _ = c.driverConn.PrepareContext(context.Background(), "")
	}
	return err
}

// PrepareContext prepares a statement.
func (c *postgresConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	s, err := c.driverConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, c.hear(err)
	}
	return &postgresStmt{s.(driverStmt), c}, nil
}

// ExecContext runs statements whose rows nobody reads.
func (c *postgresConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	result, err := c.driverConn.ExecContext(ctx, query, args)
	return result, c.hear(err)
}

// QueryContext sends a query in the protocol that runs one statement only. For one without parameters lib/pq would use
// the other, and a COMMIT could be in it: here database/sql has to prepare it instead, and closes it with its rows,
// which is before the transaction ends and a pooler changes the connection.
func (c *postgresConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	switch {
	case len(args) == 0:
		return nil, driver.ErrSkip
	case c.broken != nil:
		return nil, c.broken
	}
	return c.rows(c.driverConn.QueryContext(ctx, query, args))
}

func (c *postgresConn) rows(rows driver.Rows, err error) (driver.Rows, error) {
	if err != nil {
		return nil, c.hear(err)
	}
	return &postgresRows{rows.(driverRows), c}, nil
}

type postgresStmt struct {
	driverStmt
	conn *postgresConn
}

func (s *postgresStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.rows(s.driverStmt.QueryContext(ctx, args))
}

type postgresRows struct {
	driverRows
	conn *postgresConn
}

func (r *postgresRows) Next(row []driver.Value) error { return r.conn.hear(r.driverRows.Next(row)) }
