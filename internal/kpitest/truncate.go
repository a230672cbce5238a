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

// truncateAfter takes away what was not known yet at an instant:
//
//   - a row is removed when its event is later: the first column with times that is never NULL, in the order of the table,
//     or where all may be NULL the earliest of them;
//   - a time that may be NULL becomes NULL when it is later: its event had not happened;
//   - what refers to a removed row no longer does where it may be NULL, and is removed with it where it may not.
func (f *fixtureDB) truncateAfter(ctx context.Context, at time.Time) error {
	if f.columns == nil {
		if err := f.prepare(ctx); err != nil {
			return err
		}
	}
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // After a commit it does nothing.
	after := " > " + f.literal(at)
	for rest := f.columns; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(c timeColumn) bool { return c.table != rest[0].table })
		if n < 0 {
			n = len(rest)
		}
		for _, statement := range f.deleteLater(rest[:n], after) {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		rest = rest[n:]
	}
	for removed := true; removed; { // A removed row may have been referred to itself.
		removed = false
		for _, r := range f.references {
			result, err := tx.ExecContext(ctx, f.deleteOrphans(r))
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err == nil && n > 0 {
				removed = true
			}
		}
	}
	if err := f.refresh(ctx, tx); err != nil {
		return err
	}
	return f.commit(ctx, tx)
}

// deleteLater returns the statements that truncate a table, given its columns and the condition for "later".
func (f *fixtureDB) deleteLater(columns []timeColumn, after string) []string {
	table := f.table(columns[0].table)
	statements := []string{"DELETE FROM " + table + " WHERE " + f.event(columns, after)}
	for _, c := range columns {
		if name := f.quote(c.name); !c.required {
			statements = append(statements, "UPDATE "+table+" SET "+name+" = NULL WHERE "+name+after)
		}
	}
	return statements
}

// event returns the condition that the event of a row is later.
func (f *fixtureDB) event(columns []timeColumn, after string) string {
	if i := slices.IndexFunc(columns, func(c timeColumn) bool { return c.required }); i >= 0 {
		return f.quote(columns[i].name) + after
	}
	later := make([]string, len(columns))
	known := make([]string, len(columns))
	for i, c := range columns {
		later[i] = "(" + f.quote(c.name) + after + " OR " + f.quote(c.name) + " IS NULL)"
		known[i] = f.quote(c.name) + " IS NOT NULL"
	}
	return strings.Join(later, " AND ") + " AND (" + strings.Join(known, " OR ") + ")"
}

// prepare finds out what truncateAfter needs to know, and frees the tables for it.
func (f *fixtureDB) prepare(ctx context.Context) error {
	columns, err := f.timeColumns(ctx, f.db)
	if err != nil {
		return err
	}
	if f.references, err = f.foreignKeys(ctx, f.db); err != nil {
		return err
	}
	if err := f.free(ctx, f.db); err != nil {
		return err
	}
	f.columns = columns
	return nil
}

// deleteOrphans returns the statement that drops references to rows that are gone, or the rows that hold them.
func (f *fixtureDB) deleteOrphans(r reference) string {
	var set, has, same []string
	for i, c := range r.columns {
		column := f.table(r.table) + "." + f.quote(c)
		has = append(has, column+" IS NOT NULL")
		same = append(same, "parent."+f.quote(r.parentColumns[i])+" = "+column)
	}
	for _, c := range r.optional {
		set = append(set, f.quote(c)+" = NULL")
	}
	action := "DELETE FROM " + f.table(r.table)
	if len(set) > 0 {
		action = "UPDATE " + f.table(r.table) + " SET " + strings.Join(set, ", ")
	}
	return action + " WHERE " + strings.Join(has, " AND ") + " AND NOT EXISTS (SELECT 1 FROM " + f.table(r.parent) +
		" AS parent WHERE " + strings.Join(same, " AND ") + ")"
}
