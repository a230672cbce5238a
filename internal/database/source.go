package database

import (
	"context"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// Source is a database of the KPI file, whatever its engine. Its methods may be called at the same time.
type Source interface {
	// Run runs a query. begin is called with the columns, and returns the function that is called with every row; a row is
	// valid until that function returns. The first error of either stops the query at once and comes back as it is. So does
	// the end of ctx if ctx is canceled. Every other error is an *Error.
	//
	// The query waits for its turn as long as ctx allows, then for its timeout. However the network behaves, Run returns
	// within two seconds after that. A query that a conflict with other transactions ended is run a second time, at once:
	// begin is called again then, and the rows before that are void. Every other query is run at most once.
	Run(ctx context.Context, q Query, begin func([]Column) (func([]Value) error, error)) error
	// Explain asks the database how it would run the query, under the same rules as Run. It does not run it.
	Explain(ctx context.Context, q Query) (Explanation, error)
	// Inspect looks for what the query may get wrong, under the same rules as Run. It reads single values at most.
	Inspect(ctx context.Context, q Query) (Advice, error)
	// Stats returns how the source is doing now.
	Stats() Stats
	// Close waits for running queries to end and closes their connections. Queries that wait for their turn fail, and so do
	// later ones. It cancels nothing, and may be called again.
	Close() error
}

// Open returns the source for cfg. It never touches the network before it is asked to: whether the URL is any good shows at
// the first query, and a fault of it is a connect error of Run.
func Open(cfg *config.Database) Source { return newPool(cfg) }

// Stats says how a source is doing.
type Stats struct {
	Known     bool    // Whether the database was tried at all.
	Up        bool    // Whether it was reachable at the last try.
	Waiting   int     // Queries that wait for their turn.
	BusyRatio float64 // Share of the last five minutes in which all connections were in use.
}
