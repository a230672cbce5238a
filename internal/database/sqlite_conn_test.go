package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"modernc.org/libc"
	driversqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// newBlock has every connection know a function of one argument that nothing ends until it is released.
func newBlock(t *testing.T, name string) (release func()) {
	t.Helper()
	released := make(chan struct{})
	err := driversqlite.RegisterScalarFunction(name, 1, func(*driversqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		<-released
		return int64(1), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return func() { close(released) }
}

// isOpen reports whether the process has the file open.
func isOpen(t *testing.T, path string) bool {
	t.Helper()
	all, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range all {
		if target, err := os.Readlink(fd); err == nil && target == path {
			return true
		}
	}
	return false
}

// A query is interrupted at whatever row it is.
func TestSQLiteTimeoutAfterARow(t *testing.T) {
	url, _ := newFile(t)
	p := openPool(t, url, 1)
	const long = "(WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 60000000) SELECT n FROM c)"
	q := newQuery(t, "SELECT x FROM t UNION ALL SELECT count(*) FROM "+long)
	q.Timeout = time.Second
	within(t, q.Timeout+grace, func() {
		_, rows, err := run(t.Context(), p, q)
		wantError(t, err, Timeout, "the query took longer than its timeout of 1s")
		if len(rows) != 2 {
			t.Errorf("%d rows before that, want 2", len(rows))
		}
	})
	if got := one(t, p, "SELECT count(*) FROM t"); got != "2" {
		t.Errorf("then %s rows", got)
	}
}

// A function that nothing ends costs its query the timeout, and its database one connection until it has ended.
func TestSQLiteFunctionHangs(t *testing.T) {
	fails := func(t *testing.T, p *pool, q Query) {
		wantError(t, runs(t.Context(), p, q), Timeout, "nothing can end it")
	}
	for name, test := range map[string]struct {
		sql string // With a function of this name.
		do  func(*testing.T, *pool, Query)
	}{
		"in_the_first_row":  {"SELECT in_the_first_row(x) FROM t", fails},
		"in_the_second_row": {"SELECT 1 UNION ALL SELECT in_the_second_row(x) FROM t", fails},
		"while_inspected": {"SELECT count(*) FROM t WHERE while_inspected(x) < :as_of", func(t *testing.T, p *pool, q Query) {
			if advice, err := p.InspectQuery(t.Context(), q); err != nil || len(advice.Forms) > 0 {
				t.Errorf("%v, %v", advice, err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			url, path := newFile(t)
			release := newBlock(t, name)
			p := openPool(t, url, 2)
			q := newQuery(t, test.sql)
			q.Timeout = 100 * time.Millisecond
			within(t, q.Timeout+2*grace, func() { test.do(t, p, q) })
			wantError(t, runs(t.Context(), p, q), Timeout, "still runs")
			if got := one(t, p, "SELECT count(*) FROM t"); got != "2" || !p.Stats().Up {
				t.Errorf("%s rows on the other connection, up: %v", got, p.Stats().Up)
			}

			another := newQuery(t, test.sql+" -- Another one.")
			another.Timeout = q.Timeout
			test.do(t, p, another)
			wantError(t, runs(t.Context(), p, newQuery(t, "SELECT 1")), Timeout, "every connection of the database is taken by a query that took longer than its timeout")
			if !isOpen(t, path) {
				t.Error("the file is closed although SQLite still reads it")
			}

			release()
			eventually(t, "the query runs again", func() bool {
				q.Timeout = time.Minute
				return runs(t.Context(), p, q) == nil
			})
			if got := one(t, p, "SELECT count(*) FROM t"); got != "2" {
				t.Errorf("%s rows once all have ended", got)
			}
			eventually(t, "the file is closed", func() bool { return !isOpen(t, path) })
		})
	}
}

func runs(ctx context.Context, p *pool, q Query) error {
	_, _, err := run(ctx, p, q)
	return err
}

// What nothing ends is not waited for at the end.
func TestSQLiteCloseWhileFunctionHangs(t *testing.T) {
	url, path := newFile(t)
	release := newBlock(t, "at_the_end")
	p := openPool(t, url, 2)
	ctx, cancel := context.WithCancel(t.Context())
	q := newQuery(t, "SELECT at_the_end(x) FROM t")
	q.Began = cancel
	if err := runs(ctx, p, q); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the caller's end", err)
	}
	within(t, time.Second, func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	release()
	eventually(t, "the file is closed", func() bool { return !isOpen(t, path) })
}

// slowConn is a connection of the driver that takes until it is released to close, as on a file system that hangs.
type slowConn struct {
	sqliteDriverConn
	released <-chan struct{}
}

func (c *slowConn) Close() error {
	<-c.released
	return c.sqliteDriverConn.Close()
}

// slowRows are rows that take as long.
type slowRows struct {
	driver.Rows
	released <-chan struct{}
}

func (r *slowRows) Close() error {
	<-r.released
	return r.Rows.Close()
}

// Nothing is interrupted while it may be closed: an interruption is written to memory that SQLite may have freed.
func TestSQLiteCloseIsNotInterrupted(t *testing.T) {
	for name, closing := range map[string]func(*sqliteConn, *sqliteRows) error{
		"the connection": func(c *sqliteConn, _ *sqliteRows) error { return c.Close() },
		"the rows": func(_ *sqliteConn, rows *sqliteRows) error {
			if err := rows.Close(); !errors.Is(err, errBehind) {
				return errors.New("the rows were closed")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "app.db")
			conn, err := (&driversqlite.Driver{}).Open(path)
			if err != nil {
				t.Fatal(err)
			}
			c, err := newSQLiteConn(conn)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := c.QueryContext(t.Context(), "VALUES (1), (2)", nil)
			if err != nil {
				t.Fatal(err)
			}
			released := make(chan struct{})
			c.sqliteDriverConn, c.rows = &slowConn{c.sqliteDriverConn, released}, &slowRows{c.rows, released}

			if err := closing(c, rows.(*sqliteRows)); err != nil {
				t.Error(err)
			}
			native(func(thread *libc.TLS) {
				if sqlite3.Xsqlite3_is_interrupted(thread, c.handle) != 0 {
					t.Error("interrupted")
				}
			})
			close(released)
			<-c.left
			if isOpen(t, path) {
				t.Error("the file is still open")
			}
		})
	}
}
