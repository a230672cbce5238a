package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// postgresConnector opens connections with the URL as it is at that moment.
type postgresConnector struct {
	resolve func(context.Context) (engine.Address, error)
}

// Driver implements driver.Connector.
func (c *postgresConnector) Driver() driver.Driver { return &pq.Driver{} }

// Connect opens a connection.
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
	d := &dialer{cfg: cfg, timeout: connectTimeout}
	if cfg.ConnectTimeout > 0 {
		d.timeout = cfg.ConnectTimeout
	}
	conn, err := d.connect(ctx, cfg.SSLMode)
	if err != nil && cfg.SSLMode == pq.SSLModeAllow && d.network != nil {
		conn, err = d.connect(ctx, pq.SSLModeRequire)
	}
	if err != nil {
		explainRefusal(err, u)
		return nil, err
	}
	return conn, nil
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
