// Package database is the one way queries are run. Every query of SQL runs in a read-only transaction that is always rolled
// back, with timeouts that the server enforces and that hold when the network does not answer either, on a pool that never
// has more connections than the file allows. What goes wrong has a reason and a sentence that a person understands,
// and no secret in it.
//
// An engine is a file here and a line in the table of kinds, beside what internal/engine knows of it. The suite in
// enginetest says what each of them must do.
package database

import (
	"context"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// Source is a database of the KPI file, whatever its engine. Its methods may be called at the same time.
type Source interface {
	// Run runs a query. begin is called with the columns, and returns the function that is called with every row; a row is
	// valid until that function returns. The first error of either stops the query at once and comes back as it is. So does
	// the end of ctx if ctx is canceled. Every other error is an *Error.
	//
	// The query waits for its turn as long as ctx allows, then for its timeout. However the network behaves, Run returns
	// within two seconds after that. A query that a conflict with other transactions ended is run a second time at once, and a third
	// time after a pause of up to a second: begin is called again then, and the rows before that are void. Every other query is run at most once.
	Run(ctx context.Context, q Query, begin func([]Column) (func([]Value) error, error)) error
	// Explain has the database explain how it would run the query, under the same rules as Run. An engine that can explain without running does
	// not run it.
	Explain(ctx context.Context, q Query) (Explanation, error)
	// InspectQuery looks for what the query may get wrong, under the same rules as Run. It reads single values at most. With an
	// error, such as that of an engine without savepoints, it returns what it found up to then.
	InspectQuery(ctx context.Context, q Query) (QueryAdvice, error)
	// Inspect looks at the database itself, under the same rules as a query with this timeout. With an error, it returns what it
	// found up to then.
	Inspect(ctx context.Context, timeout time.Duration) (Advice, error)
	// Stats returns how the source is doing now.
	Stats() Stats
	// Close waits for running queries to end and closes their connections. Queries that wait for their turn fail, and so do
	// later ones. It cancels nothing, and may be called again.
	Close() error
}

// Open returns the source for cfg. It does not touch the network before it is used: whether the URL is any good shows at
// the first query, and a fault of it is a connect error of Run. If the environment or a file says which engine it is, that shows at
// the first query as well.
func Open(cfg *config.Database) Source {
	if open := opener(cfg.Engine()); open != nil {
		return open(cfg)
	}
	return &deferred{cfg: cfg, address: &addressReader{cfg: cfg}}
}

// Advice is what is known of a database as a whole. An engine leaves out what does not apply to it, and what it cannot find out.
type Advice struct {
	Role      string   // As whom queries run; "" for an engine without roles.
	Rights    []string // What the role may do beyond reading tables, as a sentence says it after its name: "is a superuser".
	Standby   bool     // It copies what another server writes, and lags behind it.
	DataUntil string   // SQL for the instant up to which a standby is complete, to be its data_until; "" if there is none.
}

// Stats is the state of a source.
type Stats struct {
	Known     bool    // Whether the database was tried at all.
	Up        bool    // Whether it was reachable at the last try.
	Waiting   int     // Queries that wait for their turn.
	BusyRatio float64 // Share of the last five minutes in which all connections were in use.
}

// Parameters are the values of the named parameters.
type Parameters struct {
	AsOf                       time.Time
	PeriodStart, PeriodEnd     time.Time
	PreviousStart, PreviousEnd time.Time
	Timezone                   string // IANA name.
}

// Query is one statement with all that it needs to run.
type Query struct {
	KPIs       []string         // For whom it runs; the database's administrators see the names in a comment.
	Statement  engine.Statement // As the engine of the database reads it.
	Parameters Parameters
	Timezone   string        // The session's, an IANA name; "" means UTC.
	Timeout    time.Duration // From the moment that the query has a connection's place; must be positive.
	MaxBytes   int64         // Of its result, beyond which it fails; 0 means DefaultMaxBytes, or DefaultMaxAnswer.
	Began      func()        // Called at that moment; may be nil.
	Reads      []string      // The columns that are read, for an engine whose result names none when it is empty.
	Background bool          // It runs while no other query wants the connection, one at a time; else its error is ErrInterrupted.
}

// DefaultMaxBytes is how large a result may be, and DefaultMaxAnswer that of a Prometheus, which takes twenty times as much memory while it
// is read.
const (
	DefaultMaxBytes  = 16 << 20
	DefaultMaxAnswer = 2 << 20
)

// Column is a column of a result.
type Column struct {
	Name string
	Type string // As the engine calls it, in lower case; "" if the driver does not know it.
}
