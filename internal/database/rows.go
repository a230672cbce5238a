package database

import (
	"context"
	"fmt"
	"time"
)

// Rows is a source of rows that are there already, whatever the query: those of a file that is kept by hand. It is never down, and
// has nothing to explain.
type Rows struct {
	Names  []string // The columns.
	Values [][]any  // A string, a float64, or nil for NULL.
}

// Run implements Source.
func (r Rows) Run(_ context.Context, q Query, begin func([]Column) (func([]Value) error, error)) error {
	if q.Began != nil {
		q.Began()
	}
	columns, cells := make([]Column, len(r.Names)), make([]Value, len(r.Names))
	for i, name := range r.Names {
		columns[i] = Column{Name: name}
		cells[i] = Value{cells: plain{}, column: columns[i], zone: time.UTC}
	}
	each, err := begin(columns)
	if err != nil {
		return err
	}
	for _, row := range r.Values {
		for i, v := range row {
			if err := cells[i].Scan(v); err != nil {
				return err
			}
		}
		if err := each(cells); err != nil {
			return err
		}
	}
	return nil
}

// Explain implements Source.
func (r Rows) Explain(context.Context, Query) (Explanation, error) { return Explanation{}, nil }

// InspectQuery implements Source.
func (r Rows) InspectQuery(context.Context, Query) (QueryAdvice, error) { return QueryAdvice{}, nil }

// Inspect implements Source.
func (r Rows) Inspect(context.Context, time.Duration) (Advice, error) { return Advice{}, nil }

// Stats implements Source.
func (r Rows) Stats() Stats { return Stats{Known: true, Up: true} }

// Close implements Source.
func (r Rows) Close() error { return nil }

// plain converts cells that hold Go values.
type plain struct{}

func (plain) number(v *Value) (float64, error) {
	if n, ok := v.source.(float64); ok {
		return n, nil
	}
	return 0, fmt.Errorf("%q is not a number", v.source)
}

func (plain) text(v *Value) string { return fmt.Sprint(v.source) }
