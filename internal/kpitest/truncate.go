package kpitest

import (
	"context"
	"slices"
	"strings"
	"time"
)

// timeColumn is a column that holds instants.
type timeColumn struct {
	table, name string
	required    bool // It is never NULL.
}

// reference is a foreign key.
type reference struct {
	table, parent          string
	columns, parentColumns []string
	optional               []string // Those of columns that may be NULL.
}

// cut takes away what was not known yet at an instant:
//
//   - a row is removed when its event is later: the first column with times that is never NULL, in the order of the table,
//     or where all may be NULL the earliest of them;
//   - a time that may be NULL becomes NULL when it is later: what it tells of had not happened;
//   - what refers to a removed row forgets it where it may be NULL, and is removed with it where it must not.
func (s *fixtureDB) cut(ctx context.Context, at time.Time) error {
	if s.columns == nil {
		var err error
		if s.columns, s.references, err = s.inspect(ctx, s.db); err != nil {
			return err
		}
	}
	after := " > " + s.literal(at)
	for rest := s.columns; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(c timeColumn) bool { return c.table != rest[0].table })
		if n < 0 {
			n = len(rest)
		}
		for _, statement := range s.forget(rest[:n], after) {
			if _, err := s.db.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		rest = rest[n:]
	}
	for removed := true; removed; { // A removed row may have been referred to itself.
		removed = false
		for _, r := range s.references {
			result, err := s.db.ExecContext(ctx, s.orphans(r))
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err == nil && n > 0 {
				removed = true
			}
		}
	}
	return s.refresh(ctx, s.db)
}

// forget returns the statements that cut a table, given its columns.
func (s *fixtureDB) forget(columns []timeColumn, after string) []string {
	table := s.quote(columns[0].table)
	statements := []string{"DELETE FROM " + table + " WHERE " + s.event(columns, after)}
	for _, c := range columns {
		if name := s.quote(c.name); !c.required {
			statements = append(statements, "UPDATE "+table+" SET "+name+" = NULL WHERE "+name+after)
		}
	}
	return statements
}

// event returns the condition that the event of a row is later.
func (s *fixtureDB) event(columns []timeColumn, after string) string {
	if i := slices.IndexFunc(columns, func(c timeColumn) bool { return c.required }); i >= 0 {
		return s.quote(columns[i].name) + after
	}
	later := make([]string, len(columns))
	known := make([]string, len(columns))
	for i, c := range columns {
		later[i] = "(" + s.quote(c.name) + after + " OR " + s.quote(c.name) + " IS NULL)"
		known[i] = s.quote(c.name) + " IS NOT NULL"
	}
	return strings.Join(later, " AND ") + " AND (" + strings.Join(known, " OR ") + ")"
}

// orphans returns the statement that makes a table forget rows that are not there any more.
func (s *fixtureDB) orphans(r reference) string {
	var set, has, same []string
	for i, c := range r.columns {
		column := s.quote(r.table) + "." + s.quote(c)
		has = append(has, column+" IS NOT NULL")
		same = append(same, "parent."+s.quote(r.parentColumns[i])+" = "+column)
	}
	for _, c := range r.optional {
		set = append(set, s.quote(c)+" = NULL")
	}
	action := "DELETE FROM " + s.quote(r.table)
	if len(set) > 0 {
		action = "UPDATE " + s.quote(r.table) + " SET " + strings.Join(set, ", ")
	}
	return action + " WHERE " + strings.Join(has, " AND ") + " AND NOT EXISTS (SELECT 1 FROM " + s.quote(r.parent) +
		" AS parent WHERE " + strings.Join(same, " AND ") + ")"
}
