package database

import (
	"context"
	"database/sql"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// Explanation is what the database reports about a query, without running it if the engine can do that.
type Explanation struct {
	Cost    float64 // In the engine's own unit, comparable only within one database.
	HasCost bool
	Columns []Column
	Remarks []string // What the database remarks on the query, if it ran it.
	Empty   bool     // It ran it, and there were no rows.
}

// QueryAdvice is what the database knows about a query that runs and may still mean something else than its author thinks. An
// engine leaves out what cannot go wrong in it, and what it cannot find out.
type QueryAdvice struct {
	Compared  []Compared  // What the instants of the query are compared with, in their order.
	Converted []Converted // What is converted in the session's time zone, and is not made of the instants.
	Forms     []Forms     // In which forms values and instants are written that are compared with each other.
	Days      []Day       // Comparisons in which a day of UTC is taken for one of the KPI's time zone.

	UnknownZones []sqltext.Parameter // The time zones of the query, and where it names them, that the database does not know by name.
	Digits       []Digits
	NotGrouped   string // What the database says against columns that are neither grouped nor aggregated, if it allows them; or "".
}

// Digits is a computation with a date or a time, for which the database takes the number that its digits make.
type Digits struct {
	sqltext.Arithmetic
	Instead string // What to write.
}

// Compared is an instant of a query with what it is compared with.
type Compared struct {
	sqltext.Instant
	Against   Against
	IsInstant bool   // It is compared with instants.
	Rewritten string // The comparison with both sides in the KPI's time zone, where the other side is made in the session's; or "".
}

// Converted is a conversion in the session's time zone of what is read.
type Converted struct {
	sqltext.SessionConversion
	From string // The type of what is converted, as the engine calls it.
}

// Against is what the database compares an instant with.
type Against string

// What an instant may be compared with that is none. The database converts all of these in the session's time zone.
const (
	AgainstDate       Against = "date"
	AgainstSessionDay Against = "session day" // A date that is made of an instant in the session's time zone.
	AgainstNaive      Against = "naive"       // A timestamp without a time zone, or what is made of one.
	AgainstLocal      Against = "local"       // A timestamp without a time zone that is made of an instant in the KPI's.
)

// Explain implements Source.
func (p *pool) Explain(ctx context.Context, q Query) (Explanation, error) {
	var explanation Explanation
	err := p.transact(ctx, q, func(ctx context.Context, s *session) (err error) {
		explanation, err = s.dialect.explain(ctx, s)
		return err
	})
	return explanation, err
}

// InspectQuery implements Source.
func (p *pool) InspectQuery(ctx context.Context, q Query) (QueryAdvice, error) {
	var advice QueryAdvice
	err := p.transact(ctx, q, func(ctx context.Context, s *session) (err error) {
		advice, err = s.dialect.inspectQuery(ctx, s)
		return err
	})
	return advice, err
}

// Inspect implements Source.
func (p *pool) Inspect(ctx context.Context, timeout time.Duration) (Advice, error) {
	var advice Advice
	err := p.do(ctx, job{Query: Query{Timeout: timeout}, zone: time.UTC, work: func(ctx context.Context, s *session) (err error) {
		advice, err = s.dialect.inspect(ctx, s)
		return err
	}})
	return advice, err
}

// columns returns the columns of SQL around the query, without reading its rows.
func (s *session) columns(ctx context.Context, before, after string) (columns []Column, err error) {
	err = s.query(ctx, s.statement, before, after, func(rows *sql.Rows) error {
		types, err := rows.ColumnTypes()
		columns = columnsOf(types)
		return err
	})
	return columns, err
}

// Forms is a comparison with an instant in an engine that has no type for instants.
type Forms struct {
	sqltext.Comparison
	Value, Bound Form // The forms of an existing value, and of the side that has the instant.
	Read         Form // The form of what Value is made of; "" where it is a column itself, or is made of several.
	// Unlike is "number" or "text", which Value is, where Bound is the other and nothing converts them: to SQLite every number
	// is less than every text. It is "" elsewhere.
	Unlike string

	// The side is a day, a month or a year of UTC, which that of the KPI's time zone is not at every time.
	ValueInUTC, BoundInUTC bool
}

// Day is a comparison with an instant in which a day of UTC is taken for one of the KPI's time zone.
type Day struct {
	sqltext.Comparison
	InUTC     DaySide
	Rewritten string // The comparison with its bound in the KPI's time zone, or what to write in place of the bound.
}

// DaySide is a side of a comparison that is in UTC.
type DaySide string

// What may be in UTC.
const (
	DayOfValue      DaySide = "value"   // The value is a day that is made of an instant.
	DayOfBound      DaySide = "bound"   // The bound is a day, and the value is an instant.
	DayAgainstBound DaySide = "against" // The bound is in UTC, and the value is a date.
)

// Form is a way to write an instant or a date.
type Form string

// The forms of SQLite.
const (
	FormText         Form = "text"         // 2026-03-29 22:00:00, also with a fraction: that of parameters.
	FormISO          Form = "iso"          // With a T, a Z or an offset.
	FormMinutes      Form = "minutes"      // 2026-03-29 22:00
	FormDate         Form = "date"         // 2026-03-29
	FormMonth        Form = "month"        // 2026-03
	FormYear         Form = "year"         // 2026
	FormDigits       Form = "digits"       // 20260329220000
	FormDateDigits   Form = "date digits"  // 20260329
	FormSeconds      Form = "seconds"      // Since 1970.
	FormMilliseconds Form = "milliseconds" // Likewise.
	FormMicroseconds Form = "microseconds" // Likewise.
	FormJulian       Form = "julian"       // Days since 4714 BC, with a fraction.
	FormOther        Form = "other"
	FormNull         Form = "null" // For a value that is NULL although what it is made of is a time.
)

// IsNumber reports whether the form is a count of units of time.
func (f Form) IsNumber() bool {
	switch f {
	case FormSeconds, FormMilliseconds, FormMicroseconds, FormJulian:
		return true
	}
	return false
}

// IsInstant reports whether the form says an instant.
func (f Form) IsInstant() bool {
	switch f {
	case FormText, FormISO, FormMinutes, FormDigits:
		return true
	}
	return f.IsNumber()
}

// Layout returns how a day, a month or a year is written in this form, "" for other forms.
func (f Form) Layout() string {
	switch f {
	case FormDate:
		return time.DateOnly
	case FormMonth:
		return "2006-01"
	case FormYear:
		return "2006"
	case FormDateDigits:
		return "20060102"
	}
	return ""
}
