package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"reflect"
	"time"

	"modernc.org/libc"
	driversqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// errBehind means that a call was left behind.
var errBehind = errors.New("SQLite cannot be interrupted")

// sqliteDriverConn is what the driver's connections can do and somebody asks for.
type sqliteDriverConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
	ColumnInfo(query string) ([]driversqlite.ColumnInfo, error)
}

// sqliteConn is a connection that waits for SQLite until shortly after the end of a context. The driver itself interrupts SQLite up to the first row, and
// SQLite looks at an interruption between the steps of a query: nothing ends a function that computes for hours, or a file system that hangs. Such a call
// is left behind, and closes the connection when it has ended.
type sqliteConn struct {
	sqliteDriverConn
	handle uintptr         // SQLite's own name of the connection.
	rows   driver.Rows     // Those that are open; nil if none are.
	left   <-chan struct{} // Closed when the call that was left behind has ended; nil if none was.
}

// newSQLiteConn takes over a connection of the driver, which gives its handle to nobody: reading it is the only way to interrupt the second row.
func newSQLiteConn(conn driver.Conn) (*sqliteConn, error) {
	able, ok := conn.(sqliteDriverConn)
	field := reflect.Indirect(reflect.ValueOf(conn)).FieldByName("db")
	if !ok || !field.IsValid() || !field.CanUint() {
		return nil, errors.Join(fmt.Errorf("the driver's connection %T is not that of the version that the exporter was made for", conn), conn.Close())
	}
	return &sqliteConn{sqliteDriverConn: able, handle: uintptr(field.Uint())}, nil
}

// native calls a function of SQLite, which takes a thread of its own beside the one that the driver uses.
func native(do func(*libc.TLS)) {
	thread := libc.NewTLS()
	defer thread.Close()
	do(thread)
}

// setDeadline implements deadliner: contexts bound all calls.
func (*sqliteConn) setDeadline(time.Time) {}

// allow implements deadliner: one text or blob is in memory as a whole.
func (c *sqliteConn) allow(bytes int64) {
	native(func(thread *libc.TLS) {
		sqlite3.Xsqlite3_limit(thread, c.handle, sqlite3.SQLITE_LIMIT_LENGTH, int32(min(bytes, math.MaxInt32))) //nolint:gosec // It fits.
	})
}

// discard implements deadliner: no connection is used again.
func (*sqliteConn) discard() {}

// lastWords implements deadliner.
func (*sqliteConn) lastWords() error { return nil }

// isNew implements deadliner.
func (*sqliteConn) isNew() bool { return true }

// behind implements deadliner.
func (c *sqliteConn) behind() <-chan struct{} { return c.left }

// outcome is what came of a piece of work.
type outcome[T any] struct {
	value T
	err   error
}

// wait does a piece of work on the connection until ctx ends, and then interrupts it. What it gives back later than shortly after that, nobody sees.
func wait[T any](ctx context.Context, c *sqliteConn, interrupt func(), work func() (T, error)) (T, error) {
	var none T
	if c.left != nil {
		return none, errBehind
	}
	ended := make(chan outcome[T], 1)
	go func() {
		var o outcome[T]
		defer func() {
			if fault := recover(); fault != nil { // Else it would end the program, and not only the query.
				o.err = fmt.Errorf("the driver has a fault: %v", fault)
			}
			ended <- o
		}()
		o.value, o.err = work()
	}()
	select {
	case o := <-ended:
		return o.value, o.err
	case <-ctx.Done():
	}
	if o, ok := end(interrupt, ended, 10*time.Millisecond, time.After(grace)); ok {
		return o.value, o.err
	}
	left := make(chan struct{})
	c.left = left
	go func() {
		defer close(left)
		end(interrupt, ended, time.Second, nil)
		_ = c.free() // Nobody is there to hear of it.
	}()
	return none, errBehind
}

// end interrupts work again and again until it has ended, or until a time: an interruption that comes before the first step of a query is lost.
func end[T any](interrupt func(), ended <-chan outcome[T], every time.Duration, until <-chan time.Time) (outcome[T], bool) {
	again := time.NewTicker(every)
	defer again.Stop()
	for {
		interrupt()
		select {
		case o := <-ended:
			return o, true
		case <-until:
			return outcome[T]{}, false
		case <-again.C:
		}
	}
}

// interrupt has SQLite end what the connection does. SQLite forbids it while the connection may be closed: it writes to the connection's memory.
func (c *sqliteConn) interrupt() {
	native(func(thread *libc.TLS) { sqlite3.Xsqlite3_interrupt(thread, c.handle) })
}

// waitShortly does a piece of work that takes time only where the file system hangs.
func waitShortly[T any](c *sqliteConn, work func() (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	return wait(ctx, c, c.interrupt, work)
}

// waitToClose closes something, and does not interrupt it.
func waitToClose(c *sqliteConn, closing func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	_, err := wait(ctx, c, func() {}, func() (nothing, error) { return nothing{}, closing() })
	return err
}

// nothing is the outcome of work that has none.
type nothing struct{}

// free closes the connection, and before it the rows: SQLite keeps the file open for them.
func (c *sqliteConn) free() error { return errors.Join(c.closeRows(), c.sqliteDriverConn.Close()) }

func (c *sqliteConn) closeRows() error {
	rows := c.rows
	if rows == nil {
		return nil
	}
	c.rows = nil
	return rows.Close()
}

// ExecContext begins a transaction, or ends one.
func (c *sqliteConn) ExecContext(_ context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return waitShortly(c, func() (driver.Result, error) {
		return c.sqliteDriverConn.ExecContext(context.Background(), query, args)
	})
}

// QueryContext runs a query. The end of ctx ends the reading of its rows, too.
func (c *sqliteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return wait(ctx, c, c.interrupt, func() (driver.Rows, error) {
		rows, err := c.sqliteDriverConn.QueryContext(context.Background(), query, args)
		if err != nil {
			return nil, err
		}
		c.rows = rows
		return &sqliteRows{driverRows: rows.(driverRows), ctx: ctx, conn: c, row: make([]driver.Value, len(rows.Columns()))}, nil
	})
}

// ColumnInfo describes the columns of a query without running it.
func (c *sqliteConn) ColumnInfo(query string) ([]driversqlite.ColumnInfo, error) {
	return waitShortly(c, func() ([]driversqlite.ColumnInfo, error) { return c.sqliteDriverConn.ColumnInfo(query) })
}

// Close implements driver.Conn. After a call that was left behind, the connection is closed when that has ended.
func (c *sqliteConn) Close() error {
	err := waitToClose(c, c.free)
	if c.left != nil {
		return nil
	}
	return err
}

// sqliteRows are the rows of a query.
type sqliteRows struct {
	driverRows
	ctx  context.Context
	conn *sqliteConn
	row  []driver.Value // Which the driver fills, be it when nobody waits for it.
}

// Next implements driver.Rows.
func (r *sqliteRows) Next(row []driver.Value) error {
	_, err := wait(r.ctx, r.conn, r.conn.interrupt, func() (nothing, error) { return nothing{}, r.driverRows.Next(r.row) })
	if err == nil {
		copy(row, r.row)
	}
	return err
}

// Close implements driver.Rows.
func (r *sqliteRows) Close() error { return waitToClose(r.conn, r.conn.closeRows) }
