package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

const connectTimeout = 10 * time.Second // For each host, unless the URL sets connect_timeout.

// postgresConnector opens connections with the URL as it is at that moment.
type postgresConnector struct {
	resolve func(context.Context) (engine.Address, error)
}

// Driver implements driver.Connector.
func (c *postgresConnector) Driver() driver.Driver { return &pq.Driver{} }

// Connect opens a connection. lib/pq looks at ctx while it dials, but not while it waits for the server's first words:
// here ctx ends that too.
func (c *postgresConnector) Connect(ctx context.Context) (driver.Conn, error) {
	address, err := c.resolve(ctx)
	if err != nil {
		return nil, err
	}
	u, ok := address.(engine.PostgresURL)
	if !ok {
		return nil, errors.New("the url no longer points to PostgreSQL: restart to change the engine")
	}
	cfg := PostgresConfig(u)
	if err := checkFiles(u); err != nil {
		return nil, err
	}
	d := &dialer{timeout: connectTimeout}
	if cfg.ConnectTimeout > 0 {
		d.timeout, cfg.ConnectTimeout = cfg.ConnectTimeout, 0
	}
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, err
	}
	connector.Dialer(d)

	stop := context.AfterFunc(ctx, d.interrupt)
	conn, err := connect(ctx, connector)
	if !stop() && err == nil {
		conn.Close()
		err = ctx.Err()
	}
	if err != nil {
		explainRefusal(err, u)
		return nil, err
	}
	network := d.connected()
	setDeadline(network, time.Time{})
	return &postgresConn{driverConn: conn, network: network, unused: true}, nil
}

// dialer opens the network connections of one connection to the server: while connecting one for each host that is
// tried, later one each time a query is canceled. None of them waits without an end.
type dialer struct {
	timeout time.Duration // For dialing, TLS and authentication together.

	mu    sync.Mutex
	conn  *tap // The last one while connecting.
	ended bool // The caller no longer needs the connection.
	done  bool // The connection is open.
}

// Dial implements pq.Dialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialTimeout implements pq.Dialer.
func (d *dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// DialContext opens a network connection.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	timeout, canceling := d.timeout, d.done
	d.mu.Unlock()
	if canceling {
		timeout = grace
	}
	deadline := time.Now().Add(timeout)
	dialed, err := (&net.Dialer{Deadline: deadline}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	setDeadline(dialed, deadline)
	if canceling {
		return dialed, nil
	}
	conn := &tap{Conn: dialed}
	conn.allowed.Store(DefaultMaxBytes)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != nil {
		d.conn.Close() // lib/pq forgets it when it falls back from TLS.
	}
	d.conn = conn
	if d.ended {
		setDeadline(conn, time.Now())
	}
	return conn, nil
}

// interrupt makes connecting fail at once.
func (d *dialer) interrupt() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	if d.conn != nil {
		setDeadline(d.conn, time.Now())
	}
}

// connected returns the network connection that was made.
func (d *dialer) connected() *tap {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done = true
	return d.conn
}

// setDeadline makes reads and writes fail from an instant on; the zero instant means never.
func setDeadline(conn net.Conn, t time.Time) {
	_ = conn.SetDeadline(t) // It fails only on a connection that is closed, where all else fails too.
}

// postgresConn is a connection of lib/pq that waits for the network no longer than its deadline: lib/pq itself waits
// for a server that does not answer whatever its context says.
type postgresConn struct {
	driverConn
	network   *tap
	unused    bool
	discarded bool
	broken    error // What every call returns from then on; nil while all is well.
}

func (c *postgresConn) setDeadline(t time.Time) { setDeadline(c.network, t) }

func (c *postgresConn) lastWords() error { return c.network.lastWords() }

func (c *postgresConn) allow(bytes int64) { c.network.allowed.Store(bytes) }

func (c *postgresConn) discard() { c.discarded = true }

func (c *postgresConn) isNew() bool {
	isNew := c.unused
	c.unused = false
	return isNew
}

func (*postgresConn) behind() <-chan struct{} { return nil }

// IsValid reports whether the connection may be used again.
func (c *postgresConn) IsValid() bool { return !c.discarded && c.driverConn.IsValid() }

// Close ends the session.
func (c *postgresConn) Close() error {
	c.setDeadline(time.Now().Add(grace))
	return c.driverConn.Close()
}
