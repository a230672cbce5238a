package database

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// cells converts cells that are not NULL.
type cells interface {
	number(v *Value) (float64, error)
	text(v *Value) string
}

// dialect is all that differs between engines that speak SQL.
type dialect interface {
	// connector opens connections. resolve gives the address with the secrets of the moment.
	connector(resolve func(context.Context) (engine.Address, error)) driver.Connector
	// idle returns how long a connection may lie unused and then be as good as a new one.
	idle() time.Duration
	// begin begins a read-only transaction with these settings, none of which outlives it. If the connection was handed
	// over in a transaction, it is ended before: in the same message, where the engine can do that. The deadline of the
	// network bounds how long it takes.
	begin(conn *sqlx.Conn, want settings, handedOver bool) error
	// end rolls the transaction back, and ends what else the statement that ran in it may leave in the session; nil if none ran.
	end(conn *sqlx.Conn, ran *sqltext.Statement) error
	// outlives reports whether a statement may leave something that begin does not end: such a transaction is not handed over.
	outlives(ran *sqltext.Statement) bool
	// placeholder returns the placeholder of a parameter, typed.
	placeholder(ordinal int, name string) string
	// render returns the SQL of a statement with placeholders, and the names of their parameters in the order of the arguments.
	render(statement *sqltext.Statement) (text string, names []string)
	// instant returns an instant as the engine takes it for its placeholder.
	instant(t time.Time) any
	// classify returns the reason of an error that the engine itself reports and its sentence, and "" for any other.
	// sent is the SQL that was sent last: the query, after a first line that is not the user's.
	classify(err error, sent string) (FailureReason, string)
	// readable returns an error if what a cell says is not certain.
	readable(v *Value) error
	cells
	// explain has the engine explain how it would run the query.
	explain(ctx context.Context, s *session) (Explanation, error)
	// inspectQuery returns what the query may get wrong in this engine.
	inspectQuery(ctx context.Context, s *session) (QueryAdvice, error)
	// inspect returns what is known of the database itself. The session has no query.
	inspect(ctx context.Context, s *session) (Advice, error)
}
