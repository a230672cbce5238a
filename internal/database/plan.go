package database

import (
	"context"
	"database/sql"
)

// Plan is what the database says about a query without running it.
type Plan struct {
	Cost    float64 // In the engine's own unit, comparable only within one database.
	HasCost bool
	Columns []Column
	// NaiveTimestamps are the columns of type timestamp without time zone that the query seems to read, each as
	// table.column: the database compares them in the session's time zone.
	NaiveTimestamps []string
}

// Plan asks the database how it would run the query, under the same rules as Run. It does not run it.
func (p *Pool) Plan(ctx context.Context, q Query) (Plan, error) {
	var plan Plan
	err := p.transact(ctx, q, func(ctx context.Context, s *session) (err error) {
		plan, err = s.dialect.plan(ctx, s, q)
		return err
	})
	return plan, err
}

// columns returns the columns of a statement around the query, without reading its rows.
func (s *session) columns(ctx context.Context, q Query, before, after string) (columns []Column, err error) {
	err = s.query(ctx, q, before, after, func(rows *sql.Rows) error {
		types, err := rows.ColumnTypes()
		columns = columnsOf(types)
		return err
	})
	return columns, err
}
