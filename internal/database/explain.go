package database

import (
	"context"
	"database/sql"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// Plan is what the database says about a query without running it.
type Plan struct {
	Cost     float64 // In the engine's own unit, comparable only within one database.
	HasCost  bool
	Columns  []Column
	Compared []Compared // What the instants of the query are compared with, in their order. PostgreSQL tells.
	Forms    []Forms    // In which forms values and instants are that are compared with each other. SQLite has them.
}

// Compared is an instant of a query with what it is compared with.
type Compared struct {
	sqltext.Instant
	Against Against
}

// Against says what the database compares an instant with.
type Against string

// What an instant may be compared with that is none. The database converts all of these in the session's time zone.
const (
	AgainstDate       Against = "date"
	AgainstSessionDay Against = "session day" // A date that is made of an instant in the session's time zone.
	AgainstNaive      Against = "naive"       // A timestamp without a time zone, or what is made of one.
	AgainstLocal      Against = "local"       // A timestamp without a time zone that is made of an instant in the KPI's.
)

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

// Forms is a comparison with an instant in an engine that has no type for instants.
type Forms struct {
	sqltext.Comparison
	Value, Bound Form // Of a value that is there, and of the side that has the instant.
}

// Form is a way to write an instant or a date.
type Form string

// The forms of SQLite.
const (
	FormText         Form = "text"         // 2026-03-29 22:00:00, also with a fraction: that of parameters.
	FormISO          Form = "iso"          // With a T, a Z or an offset.
	FormMinutes      Form = "minutes"      // 2026-03-29 22:00
	FormDate         Form = "date"         // 2026-03-29
	FormSeconds      Form = "seconds"      // Since 1970.
	FormMilliseconds Form = "milliseconds" // Likewise.
	FormMicroseconds Form = "microseconds" // Likewise.
	FormJulian       Form = "julian"       // Days since 4714 BC, with a fraction.
	FormOther        Form = "other"
)

// IsNumber reports whether the form is a number.
func (f Form) IsNumber() bool {
	switch f {
	case FormSeconds, FormMilliseconds, FormMicroseconds, FormJulian:
		return true
	}
	return false
}
