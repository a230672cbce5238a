package database

import (
	"database/sql"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// pool is the source of a database that speaks SQL over connections of database/sql.
type pool struct {
	*places
	dialect dialect
	connect *connecting

	made sync.Once
	db   *sqlx.DB // Nil before the first query: a pool that ran none has nothing to close.
}

// newPool returns a pool for cfg, which leaves some connections for other work than queries. Whether its URL is any good shows at
// the first query.
func newPool(cfg *config.Database, d dialect, spare int) *pool {
	p := &pool{places: newPlaces(cfg, max(cfg.MaxConnections-spare, 1)), dialect: d}
	p.dial = p.open
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
	return p.end(func() error {
		if p.db == nil {
			return nil
		}
		return p.db.Close()
	})
}
