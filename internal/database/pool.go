package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// pool is the source of a database that speaks SQL over connections of database/sql.
type pool struct {
	address *addressReader
	dialect dialect
	connect *connecting
	slots   chan struct{} // One for each connection; goroutines waiting to send are served in their order.
	handoff chan *lease   // Goes to the first of them, with the slot; never holds anything.
	waiting atomic.Int64
	idle    background
	usage   *usage
	closing chan struct{}
	close   sync.Once
	ended   chan struct{}
	silence silence

	made sync.Once
	db   *sqlx.DB // Nil before the first query: a pool that ran none has nothing to close.

	mu      sync.Mutex
	known   bool
	up      bool
	secrets []string // Everything that must not be in an error.
}

// newPool returns a pool for cfg, which leaves some connections for other work than queries. Whether its URL is any good shows at
// the first query.
func newPool(cfg *config.Database, d dialect, spare int) *pool {
	n := max(cfg.MaxConnections-spare, 1)
	p := &pool{
		address: &addressReader{cfg: cfg},
		dialect: d,
		slots:   make(chan struct{}, n),
		handoff: make(chan *lease),
		idle:    newBackground(),
		usage:   newUsage(n),
		closing: make(chan struct{}),
		ended:   make(chan struct{}),
		silence: silence{frozen: make(chan struct{})},
	}
	p.connect = newConnecting(d.connector(p.resolve))
	return p
}

// idleTime is how long a connection to a server may lie unused. What a firewall has forgotten by then shows when it is used.
const idleTime = 5 * time.Minute

// connections returns the connections, which it makes at the first call.
func (p *pool) connections() *sqlx.DB {
	p.made.Do(func() {
		db := sql.OpenDB(p.connect)
		db.SetMaxOpenConns(cap(p.slots))
		if p.dialect.idle() == 0 {
			db.SetMaxIdleConns(0)
		} else {
			db.SetMaxIdleConns(cap(p.slots))
		}
		db.SetConnMaxLifetime(30 * time.Minute) // So that a failover behind a name is followed.
		db.SetConnMaxIdleTime(p.dialect.idle())
		p.db = sqlx.NewDb(db, "") // The name is for statements that sqlx writes, which there are none of.
	})
	return p.db
}

// Close implements Source.
func (p *pool) Close() error {
	var err error
	p.close.Do(func() {
		defer close(p.ended)
		close(p.closing)
		p.idle.interrupt()
		for range cap(p.slots) {
			p.slots <- struct{}{}
		}
		if p.db != nil { // Nobody uses it: all slots are taken.
			err = p.db.Close()
		}
	})
	<-p.ended
	return err
}

// Stats implements Source.
func (p *pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{Known: p.known, Up: p.up, Waiting: int(p.waiting.Load()), BusyRatio: p.usage.ratio()}
}

var errClosed = errors.New("the pool of connections is closed")

// acquire waits for the right to use one connection. It may come with the connection, in the transaction of the query
// before.
func (p *pool) acquire(ctx context.Context) (*lease, error) {
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	frozen := p.silence.isFrozen()
	select {
	case <-p.closing:
		return nil, &Error{Reason: Connect, Err: errClosed}
	case <-frozen:
		return nil, errFrozen
	default:
	}
	select {
	case p.slots <- struct{}{}:
		p.usage.begin()
		return nil, nil
	default:
		p.idle.interrupt()
	}
	select {
	case p.slots <- struct{}{}:
		p.usage.begin()
		return nil, nil
	case l := <-p.handoff:
		return l, nil
	case <-p.closing:
		return nil, &Error{Reason: Connect, Err: errClosed}
	case <-frozen:
		return nil, errFrozen
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// release gives the right back, and ends the transaction of l unless it is nil. If a query waits already, l is handed to it
// as it is: the same query runs in the same transaction, another one ends it in the message that begins its own. That saves
// two round trips, or one.
func (p *pool) release(l *lease) {
	if l != nil {
		if time.Since(l.taken) < maxLease && !l.dialect.outlives(l.statement) {
			select {
			case p.handoff <- l:
				return
			default:
			}
		}
		l.end()
	}
	p.usage.end()
	p.free()
}

// free gives back the right to use a connection.
func (p *pool) free() {
	<-p.slots
	p.idle.wake()
}

// resolve returns the address as its secrets are now, and remembers them, so that no error shows them. Its own is an *Error.
func (p *pool) resolve(ctx context.Context) (engine.Address, error) {
	address, err := p.address.read(ctx)
	if err != nil {
		return nil, &Error{Reason: Connect, Err: err}
	}
	if spare := address.Engine().Spare(); spare > 0 && p.address.cfg.MaxConnections <= spare {
		return nil, &Error{Reason: Connect, Err: fmt.Errorf("database %q: max_connections must be at least %d: one connection is kept to cancel queries", p.address.cfg.Name, spare+1)}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, secret := range address.Secrets() {
		p.remember(secret)
	}
	return address, nil
}

func (p *pool) remember(secret string) {
	if secret != "" && !slices.Contains(p.secrets, secret) {
		p.secrets = append(p.secrets, secret)
	}
}

// scrub returns text without any secret of this database, and whether all of it must be withheld: in place of a secret shorter than four
// characters, a hole would show where it is, in every other word.
func (p *pool) scrub(text string) (clean string, withhold bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, secret := range p.secrets {
		if len(secret) < 4 {
			withhold = withhold || strings.Contains(text, secret)
		} else {
			text = strings.ReplaceAll(text, secret, "<secret>")
		}
	}
	return text, withhold
}

// reached notes whether the database could be reached.
func (p *pool) reached(up bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known, p.up = true, up
}
