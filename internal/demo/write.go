package demo

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// instant is a moment in whole Unix seconds. It is written as UTC text.
type instant int64

func (t instant) time() time.Time { return time.Unix(int64(t), 0).UTC() }

func (t instant) String() string { return t.time().Format(time.DateTime) }

// rowsPerInsert is about where larger statements stop being faster.
const rowsPerInsert = 100

// writer inserts rows, many with each statement. As with bufio.Writer, the first error sticks, later rows are dropped,
// and flush returns it.
type writer struct {
	ctx    context.Context // The context of the one call of Write that the writer lives in.
	tx     *sql.Tx
	tables []*table
	err    error
}

// table gathers the rows of one table until there are enough of them for a statement.
type table struct {
	w       *writer
	name    string
	columns int
	last    int64 // The id of the last row.
	full    *sql.Stmt
	values  []any
}

func newWriter(ctx context.Context, tx *sql.Tx) *writer {
	return &writer{ctx: ctx, tx: tx}
}

// table returns the named table, whose rows have so many columns, the id among them.
func (w *writer) table(name string, columns int) *table {
	t := &table{w: w, name: name, columns: columns}
	w.tables = append(w.tables, t)
	if w.err == nil {
		t.full, w.err = w.tx.PrepareContext(w.ctx, t.insert(rowsPerInsert))
	}
	return t
}

// add adds a row, given without its id, which counts from 1 and is returned. A nil is a NULL.
func (t *table) add(values ...any) int64 {
	t.last++
	if t.w.err != nil {
		return t.last
	}
	if len(values) != t.columns-1 {
		t.w.err = fmt.Errorf("table %s: %d values instead of %d", t.name, len(values), t.columns-1)
		return t.last
	}
	t.values = append(t.values, t.last)
	for _, v := range values {
		if at, ok := v.(instant); ok {
			v = at.String()
		}
		t.values = append(t.values, v)
	}
	if len(t.values) == rowsPerInsert*t.columns {
		_, t.w.err = t.full.ExecContext(t.w.ctx, t.values...)
		t.values = t.values[:0]
	}
	return t.last
}

// flush writes what is left and returns the first error of all.
func (w *writer) flush() error {
	for _, t := range w.tables {
		if w.err == nil && len(t.values) > 0 {
			_, w.err = w.tx.ExecContext(w.ctx, t.insert(len(t.values)/t.columns), t.values...)
			t.values = nil
		}
	}
	return w.err
}

func (t *table) insert(rows int) string {
	row := "(?" + strings.Repeat(", ?", t.columns-1) + ")"
	return "INSERT INTO " + t.name + " VALUES " + row + strings.Repeat(", "+row, rows-1)
}
