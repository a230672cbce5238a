package database

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

const (
	// A connection that lay idle is waited for a quarter of the time there is, between these bounds: a firewall may have
	// forgotten it, which neither end hears of.
	leastPatience, mostPatience = time.Second, 3 * time.Second
	// maxLease is how long queries that wait for each other use a connection without giving it back: a pooler wants to
	// give it to others, too, and one that has grown old is to be closed.
	maxLease = time.Second
)

// lease is the use of a connection, in a transaction.
type lease struct {
	dialect dialect
	conn    *sqlx.Conn
	network deadliner
	taken   time.Time // From the connections that database/sql keeps.

	settings  settings           // The transaction's.
	statement *sqltext.Statement // The only one that runs in it: a function may have set what would mislead another.
}

// settings are what a query wants of its transaction. Nothing of them outlives it.
type settings struct {
	zone    string        // The session's, an IANA name; "" means UTC.
	timeout time.Duration // After which the server ends the query.
	bytes   int64         // How many of them the result may have.
}

// deadliner is a driver's connection that a network, a file system or the engine can hang.
type deadliner interface {
	// setDeadline makes reads and writes fail from an instant on; the zero instant means never.
	setDeadline(t time.Time)
	// allow makes reads fail with errTooLarge after so many bytes from now on.
	allow(bytes int64)
	// discard keeps the connection from being used again.
	discard()
	// lastWords returns why the server ended the session, as far as that is known; else nil.
	lastWords() error
	// isNew reports whether the connection has never been used before; it answers true once.
	isNew() bool
	// behind returns a channel that is closed when a call has ended that nothing ends, and that is no longer waited for; nil if there is none.
	behind() <-chan struct{}
}

// begin returns a connection in a transaction with these settings; from then on database/sql repeats nothing, because it
// runs on one connection. It takes over the connection of l unless that is nil, whose transaction it ends. The death of a
// connection that lay idle, and its silence, are not reported: the next one is tried, until one is new. Nothing of the query has
// run on it by then. A lease that comes with an error is good, but the database refuses the settings.
func begin(ctx context.Context, db *sqlx.DB, d dialect, l *lease, want settings) (*lease, error) {
	for silent := false; ; {
		handedOver, isNew := l != nil, false
		if l == nil {
			var err error
			if l, err = take(ctx, db, d); err != nil {
				return nil, err
			}
			isNew = l.network.isNew()
		}
		if silent && !isNew { // What has swallowed one has swallowed all.
			l.drop()
			l = nil
			continue
		}
		network := l.network
		network.setDeadline(patience(ctx, isNew))
		network.allow(want.bytes)
		stop := context.AfterFunc(ctx, func() { network.setDeadline(time.Now()) })
		err := d.begin(l.conn, want, handedOver)
		inTime := stop()
		if reason, _ := d.classify(err, ""); inTime && (err == nil || reason != "") {
			l.settings = want
			return l, err
		}
		if err == nil {
			err = errors.Join(context.Cause(ctx), d.end(l.conn, nil))
		}
		if said := network.lastWords(); said != nil && isGone(err) {
			err = said
		}
		l.drop()
		switch {
		case isNew:
			return nil, err
		case ctx.Err() != nil:
			return nil, errors.Join(errIdle, err)
		}
		silent, l = errors.Is(err, os.ErrDeadlineExceeded), nil
	}
}

// errIdle means that a connection had been used before.
var errIdle = errors.New("on a connection that lay idle")

// patience returns until when a connection is waited for to begin a transaction; the zero instant means as long as ctx.
func patience(ctx context.Context, isNew bool) time.Time {
	if isNew {
		return time.Time{}
	}
	wait := mostPatience
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, max(time.Until(deadline)/4, leastPatience))
	}
	return time.Now().Add(wait)
}

// take returns a connection that is in no transaction yet.
func take(ctx context.Context, db *sqlx.DB, d dialect) (*lease, error) {
	conn, err := db.Connx(ctx)
	if err != nil {
		return nil, err
	}
	l := &lease{dialect: d, conn: conn, taken: time.Now()}
	err = conn.Raw(func(driverConn any) error {
		l.network = driverConn.(deadliner)
		return nil
	})
	if err != nil {
		conn.Close()
		return nil, err
	}
	return l, nil
}

// end ends the transaction and gives the connection back.
func (l *lease) end() {
	l.network.setDeadline(time.Now().Add(grace))
	if l.dialect.end(l.conn, l.statement) != nil {
		l.network.discard()
	}
	l.conn.Close()
}

// drop ends the connection, whatever state it is in.
func (l *lease) drop() {
	l.network.discard()
	l.conn.Close()
}
