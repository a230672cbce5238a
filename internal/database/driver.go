package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// driverConn is what the connections of a driver can do that speaks to a server, all of which database/sql asks for.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// driverStmt is what the statements of a driver can do and somebody asks for.
type driverStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// driverRows is what the rows of a driver can do and somebody asks for.
type driverRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
}

// faultError is a panic of a driver: the server, or what is between, has sent what it cannot read.
type faultError struct{ value any }

func (f *faultError) Error() string {
	return fmt.Sprintf("the driver cannot read what the server sent: %v", f.value)
}

func isFault(err error) bool {
	_, ok := errors.AsType[*faultError](err)
	return ok
}

// recoverFault makes a panic of a driver an error of the call. Else it would end the program, and not only the query.
//
//nolint:gocritic // It sets the result of the function that defers it.
func recoverFault(err *error) {
	if value := recover(); value != nil {
		*err = &faultError{value}
	}
}

// connect makes a connection that never panics. Where database/sql calls it, and in which goroutine, does not matter.
func connect(ctx context.Context, c driver.Connector) (conn driverConn, err error) {
	defer recoverFault(&err)
	opened, err := c.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &recoveringConn{opened.(driverConn)}, nil
}

// recoveringConn is a connection whose calls return an error instead of a panic wherever they read what the server sends.
type recoveringConn struct{ driverConn }

// PrepareContext implements driver.ConnPrepareContext.
func (c *recoveringConn) PrepareContext(ctx context.Context, query string) (stmt driver.Stmt, err error) {
	defer recoverFault(&err)
	prepared, err := c.driverConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &recoveringStmt{prepared.(driverStmt)}, nil
}

// ExecContext implements driver.ExecerContext.
func (c *recoveringConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (result driver.Result, err error) {
	defer recoverFault(&err)
	return c.driverConn.ExecContext(ctx, query, args)
}

// QueryContext implements driver.QueryerContext.
func (c *recoveringConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (rows driver.Rows, err error) {
	defer recoverFault(&err)
	return recovering(c.driverConn.QueryContext(ctx, query, args))
}

// Ping implements driver.Pinger.
func (c *recoveringConn) Ping(ctx context.Context) (err error) {
	defer recoverFault(&err)
	return c.driverConn.Ping(ctx)
}

// ResetSession implements driver.SessionResetter.
func (c *recoveringConn) ResetSession(ctx context.Context) (err error) {
	defer recoverFault(&err)
	return c.driverConn.ResetSession(ctx)
}

// Close implements driver.Conn.
func (c *recoveringConn) Close() (err error) {
	defer recoverFault(&err)
	return c.driverConn.Close()
}

type recoveringStmt struct{ driverStmt }

// ExecContext implements driver.StmtExecContext.
func (s *recoveringStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (result driver.Result, err error) {
	defer recoverFault(&err)
	return s.driverStmt.ExecContext(ctx, args)
}

// QueryContext implements driver.StmtQueryContext.
func (s *recoveringStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (rows driver.Rows, err error) {
	defer recoverFault(&err)
	return recovering(s.driverStmt.QueryContext(ctx, args))
}

// Close implements driver.Stmt.
func (s *recoveringStmt) Close() (err error) {
	defer recoverFault(&err)
	return s.driverStmt.Close()
}

type recoveringRows struct{ driverRows }

func recovering(rows driver.Rows, err error) (driver.Rows, error) {
	if err != nil {
		return nil, err
	}
	return &recoveringRows{rows.(driverRows)}, nil
}

// Next implements driver.Rows.
func (r *recoveringRows) Next(row []driver.Value) (err error) {
	defer recoverFault(&err)
	return r.driverRows.Next(row)
}

// Close implements driver.Rows.
func (r *recoveringRows) Close() (err error) {
	defer recoverFault(&err)
	return r.driverRows.Close()
}
