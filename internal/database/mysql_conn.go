package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// mysqlConnector opens connections with the URL as it is at that moment.
type mysqlConnector struct {
	resolve func(context.Context) (engine.Address, error)
	killing chan struct{} // Held by the one that cancels a query: one connection is kept for it.
}

// Driver implements driver.Connector.
func (c *mysqlConnector) Driver() driver.Driver { return &mysql.MySQLDriver{} }

// Connect opens a connection.
func (c *mysqlConnector) Connect(ctx context.Context) (driver.Conn, error) {
	address, err := c.resolve(ctx)
	if err != nil {
		return nil, err
	}
	u, ok := address.(engine.MySQLURL)
	if !ok {
		return nil, errors.New("the url no longer points to MySQL: restart to change the engine")
	}
	cfg, err := MySQLConfig(u)
	if err != nil {
		return nil, err
	}
	return c.open(ctx, cfg)
}

// open connects, which takes no longer than the timeout of cfg.
func (c *mysqlConnector) open(ctx context.Context, cfg *mysql.Config) (*mysqlConn, error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	network := &mysqlTap{}
	network.allowed.Store(DefaultMaxBytes)
	cfg = cfg.Clone()
	cfg.DialFunc = network.dial
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	conn := &mysqlConn{network: network, connector: c, cfg: cfg, unused: true}
	if conn.driverConn, err = connect(ctx, connector); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, conn.hear(err)
	}
	return conn, nil
}

// kill has the server end what a connection runs.
func (c *mysqlConnector) kill(cfg *mysql.Config, id string) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	select {
	case c.killing <- struct{}{}:
		defer func() { <-c.killing }()
	case <-ctx.Done():
		return
	}
	conn, err := c.open(ctx, cfg)
	if err != nil {
		return // The server ends it at its time limit.
	}
	defer conn.Close()
	conn.setDeadline(time.Now().Add(grace))
	_, _ = conn.ExecContext(ctx, "KILL QUERY "+id, nil)
}

// mysqlConn is a connection that cancels on the server: the driver itself closes its side when a context ends, and the query goes
// on.
type mysqlConn struct {
	driverConn
	network   *mysqlTap
	connector *mysqlConnector
	cfg       *mysql.Config
	limit     time.Duration // After which the server ends a query.
	unused    bool
	discarded bool
	said      error // With which the server ended the session.
}

func (c *mysqlConn) setDeadline(t time.Time) { c.network.setDeadline(t) }

func (c *mysqlConn) allow(bytes int64) { c.network.allowed.Store(bytes) }

func (c *mysqlConn) discard() { c.discarded = true }

func (c *mysqlConn) lastWords() error { return c.said }

func (c *mysqlConn) isNew() bool {
	isNew := c.unused
	c.unused = false
	return isNew
}

func (c *mysqlConn) isMariaDB() bool { return strings.Contains(c.network.version, "MariaDB") }

func (*mysqlConn) behind() <-chan struct{} { return nil }

// IsValid reports whether the connection may be used again.
func (c *mysqlConn) IsValid() bool { return !c.discarded && c.driverConn.IsValid() }

// Close ends the session.
func (c *mysqlConn) Close() error {
	c.setDeadline(time.Now().Add(grace))
	return c.driverConn.Close()
}

// hear returns what to make of an error of the driver, which forgets why the network failed.
func (c *mysqlConn) hear(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	if reported, ok := errors.AsType[*mysql.MySQLError](err); ok {
		said := &mysqlError{reported}
		switch reported.Number {
		case 1053, 1927, 4031:
			c.said = said
			c.discard()
			return io.ErrUnexpectedEOF
		}
		return said
	}
	failure := c.network.failure()
	switch {
	case failure != nil:
		c.discard()
		return failure
	case errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, driver.ErrBadConn):
		c.discard()
		return io.ErrUnexpectedEOF
	case errors.Is(err, mysql.ErrMalformPkt), errors.Is(err, mysql.ErrPktSync), errors.Is(err, mysql.ErrPktSyncMul):
		err = &faultError{err}
		fallthrough
	case isFault(err):
		c.discard()
		c.network.Close() // Nothing can be understood after it.
	}
	return err
}

// ExecContext runs a statement whose rows nobody reads. The network's deadline stops it.
func (c *mysqlConn) ExecContext(_ context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.driverConn.ExecContext(context.Background(), query, args)
	return result, c.hear(err)
}

var errMarks = errors.New("the parameters cannot be told from the question marks in its comments: remove those")

// QueryContext sends a query with its parameters and its time limit in one message. When the context ends, the server ends
// the query.
func (c *mysqlConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		c.connector.kill(c.cfg, c.network.id)
	})
	end := func() {
		if !stop() { // It must not hit what the connection runs later.
			<-done
		}
	}
	rows, err := c.driverConn.QueryContext(context.Background(), c.limited(query), args)
	if err != nil {
		end()
		if errors.Is(err, driver.ErrSkip) {
			err = errMarks
		}
		return nil, c.hear(err)
	}
	return &mysqlRows{rows.(driverRows), c, end}, nil
}

type mysqlRows struct {
	driverRows
	conn *mysqlConn
	end  func()
}

func (r *mysqlRows) Next(row []driver.Value) error { return r.conn.hear(r.driverRows.Next(row)) }

// Close reads what is still to come, which a cancellation ends.
func (r *mysqlRows) Close() error {
	err := r.driverRows.Close()
	r.end()
	return r.conn.hear(err)
}

// execAll runs statements, a message each.
func execAll(conn *sqlx.Conn, statements ...string) error {
	for _, s := range statements {
		if _, err := conn.ExecContext(context.Background(), s); err != nil {
			return err
		}
	}
	return nil
}
