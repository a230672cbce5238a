package database

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/lib/pq"
)

const (
	connectTimeout = 10 * time.Second // For each host, unless the URL sets connect_timeout.

	wishForTLS = 80877103 // The number that a client says in place of a version of the protocol.
)

// dialer opens the network connections of one connection to the server: while connecting one for each host that is
// tried, later one each time a query is canceled. None of them waits without an end. It encrypts them, too: lib/pq would
// do so above the tap, which could not hear what the server says.
type dialer struct {
	cfg     pq.Config     // As the URL says.
	timeout time.Duration // For dialing, TLS and authentication together.
	tls     *tls.Config   // Nil: nothing is encrypted.

	mu      sync.Mutex
	network net.Conn // The last one while connecting, below TLS.
	tap     *tap     // Above it.
	ended   bool     // The caller no longer needs the connection.
	done    bool     // The connection is open.
}

// connect opens a connection, to whichever host is the first that suits. lib/pq looks at ctx while it dials, but not while it waits
// for the server's first words: here ctx ends that too.
func (d *dialer) connect(ctx context.Context, mode pq.SSLMode) (*postgresConn, error) {
	var err error
	if d.tls, err = postgresTLS(d.cfg, mode); err != nil && mode != pq.SSLModePrefer {
		return nil, err
	}
	cfg := d.cfg
	cfg.SSLMode, cfg.ConnectTimeout = pq.SSLModeDisable, 0
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
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done = true
	setDeadline(d.tap, time.Time{})
	return &postgresConn{driverConn: conn, network: d.tap, unused: true}, nil
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

// DialContext opens a network connection, which is encrypted if it is to be.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.open(ctx, network, address)
	if err == nil && d.tls != nil && network != "unix" {
		plain := conn
		if conn, err = d.encrypt(plain, address); err != nil {
			plain.Close()
		}
		if err != nil && d.cfg.SSLMode == pq.SSLModePrefer {
			conn, err = d.open(ctx, network, address)
		}
	}
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.done {
		return conn, nil
	}
	d.tap = &tap{Conn: conn, address: address}
	d.tap.allowed.Store(DefaultMaxBytes)
	return d.tap, nil
}

// open opens a network connection with a deadline.
func (d *dialer) open(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	timeout, canceling := d.timeout, d.done
	d.mu.Unlock()
	if canceling {
		timeout = grace
	}
	deadline := time.Now().Add(timeout)
	conn, err := (&net.Dialer{Deadline: deadline}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	setDeadline(conn, deadline)
	if canceling {
		return conn, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.network = conn
	if d.ended {
		setDeadline(conn, time.Now())
	}
	return conn, nil
}

// encrypt begins TLS, after the server has agreed to it unless the URL says that it need not be asked.
func (d *dialer) encrypt(conn net.Conn, address string) (net.Conn, error) {
	if d.cfg.SSLNegotiation != pq.SSLNegotiationDirect {
		if err := askForTLS(conn, address); err != nil {
			return nil, err
		}
	}
	c := d.tls.Clone()
	if d.cfg.SSLSNI || !c.InsecureSkipVerify {
		c.ServerName = d.hostOf(address)
	}
	encrypted := tls.Client(conn, c)
	err := encrypted.HandshakeContext(context.Background()) // The network's deadline ends it.
	if wrong, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		err = newStranger(address, postgresName, wrong.RecordHeader[:])
	}
	return encrypted, err
}

// askForTLS asks a server for TLS, and returns why it does not agree.
func askForTLS(conn net.Conn, address string) error {
	wish := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 8), wishForTLS)
	if _, err := conn.Write(wish); err != nil {
		return err
	}
	answer := make([]byte, 200) // A server says one byte, and then waits for the client.
	n, err := conn.Read(answer)
	switch answer = answer[:n]; {
	case n == 0:
		return err
	case string(answer) == "S":
		return nil
	case string(answer) == "N":
		return pq.ErrSSLNotSupported
	case answer[0] == 'E':
		return newRefusal(address, answer)
	}
	return newStranger(address, postgresName, answer)
}

// hostOf returns the name of the host at an address that lib/pq dials.
func (d *dialer) hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil || d.cfg.Hostaddr.IsValid() && d.cfg.Hostaddr.String() == host {
		return d.cfg.Host
	}
	return host
}

// interrupt makes connecting fail at once.
func (d *dialer) interrupt() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	if d.network != nil {
		setDeadline(d.network, time.Now())
	}
}

// setDeadline makes reads and writes fail from an instant on; the zero instant means never.
func setDeadline(conn net.Conn, t time.Time) {
	_ = conn.SetDeadline(t) // It fails only on a connection that is closed, where all else fails too.
}
