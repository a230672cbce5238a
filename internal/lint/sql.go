package lint

import (
	"fmt"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// windowNotHalfOpen finds queries that include the end of the window, which belongs to the next one, or leave out its start.
func windowNotHalfOpen(l *linter, d definition) {
	queries := []*config.Query{d.Query}
	if d.Target != nil && d.Target.From != nil && d.Target.Values == nil {
		queries = append(queries, d.Target.From)
	}
	for _, q := range queries {
		for _, w := range q.SQL().NotHalfOpen() {
			does, whose := "includes", "this period"
			switch {
			case !w.TakesIn:
				does = "leaves out"
			case w.Parameter == ":period_end":
				whose = "the next period"
			}
			l.warn(q.At(w.Line, w.Column), "write "+w.Instead, "%s %s %s, which belongs to %s", w.Text, does, w.Parameter, whose)
		}
	}
}

// instantWithoutAsOf finds queries that return today's number for every instant of the past.
func instantWithoutAsOf(l *linter, d definition) {
	if d.HasPast() {
		return
	}
	hint := "use :as_of: created_at <= :as_of AND (deleted_at IS NULL OR deleted_at > :as_of)"
	if d.Period.Kind == period.Trailing {
		hint = "use :period_start and :period_end"
	}
	l.warn(d.Query.Position, hint, "the query never reads :as_of or a period, so every instant of the past gets today's number")
}

// sumIsNull finds sums that are NULL, and so no value, although on_empty: zero asks for 0.
func sumIsNull(l *linter, d definition) {
	if !d.OnEmptyZero {
		return
	}
	c := d.columns()
	for _, column := range present(c.Value, c.Numerator, c.Denominator) {
		for _, part := range d.Query.SQL().NullWithoutRows(column) {
			l.warn(d.Query.At(part.Line, part.Column), "write coalesce("+part.Text+", 0)",
				"%s is NULL when there are no rows, so on_empty: zero does not apply", document.CutShort(part.Text))
		}
	}
}

// disappearingLabel finds KPIs with a lower bound whose labels can disappear without ever missing it.
func disappearingLabel(l *linter, d definition) {
	if len(d.Labels) == 0 || d.OnEmptyZero || !d.isMissedByZero() {
		return
	}
	c := d.columns()
	names := make([]string, len(d.Labels))
	var open []string
	for i, label := range d.Labels {
		names[i] = label.Name
		values := "[a, b]"
		if label.Closed != nil {
			values = "[" + strings.Join(label.Closed, ", ") + "]"
		}
		open = append(open, label.Name+": "+values)
	}
	if c.Value == "" || !d.Query.SQL().SumsPerGroup(c.Value, names) {
		return
	}
	l.warn(d.Position, fmt.Sprintf("write labels: {%s} and on_empty: zero, so that a missing value is 0", strings.Join(open, ", ")),
		"KPI %s has a lower bound, but a value of %s that has no more rows disappears and never misses it", document.Quote(d.Name), strings.Join(names, " or "))
}
