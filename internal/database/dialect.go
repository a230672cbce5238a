package database

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// dialect is all that differs between engines. A new engine is one more of them.
type dialect interface {
	// name is the engine's name for sqlx.
	name() string
	// connector opens connections. resolve gives the address with the secrets of the moment.
	connector(resolve func() (engine.Address, error)) driver.Connector
	// begin returns the SQL that begins a read-only transaction and makes it behave as a query with this timeout wants.
	// Nothing of it outlives the transaction.
	begin(q Query, timeout time.Duration) string
	// placeholder returns what stands for a parameter, typed.
	placeholder(ordinal int, name string) string
	// instant returns an instant as the engine takes it for its placeholder.
	instant(t time.Time) any
	// classify returns the reason of an error that the engine itself reports and its sentence, and "" for any other.
	// sent is the SQL that was sent last: the query, after a first line that is not the user's.
	classify(err error, sent string) (Reason, string)
	// number and text convert a cell that is not NULL.
	number(v *Value) (float64, error)
	text(v *Value) string
	// explain asks the engine how it would run the query.
	explain(ctx context.Context, s *session, q Query) (Explanation, error)
	// inspect asks the engine what the query may get wrong in it.
	inspect(ctx context.Context, s *session, q Query) (Advice, error)
}

func dialectFor(address engine.Address) dialect {
	if _, ok := address.(engine.SQLiteFile); ok {
		return sqlite{}
	}
	return postgres{}
}

// limited is a driver's connection that a network can hang. Engines without a network need none.
type limited interface {
	// limit makes reads and writes fail from an instant on; the zero instant means never.
	limit(t time.Time)
	// discard keeps the connection from being used again.
	discard()
	// lastWords returns why the server ended the session, as far as that is known; else nil.
	lastWords() error
	// fresh reports whether the connection has never been used before; it answers true once.
	fresh() bool
}
