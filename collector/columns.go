package collector

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// placesOf returns the places of the columns by name.
func placesOf(columns []database.Column) (map[string]int, error) {
	places := make(map[string]int, len(columns))
	for i, c := range columns {
		if _, twice := places[c.Name]; twice {
			return nil, failf(ReasonColumn, "column %q is in the result twice", c.Name)
		}
		places[c.Name] = i
	}
	return places, nil
}

// extraColumns returns the columns of a result that no KPI of its query reads, c being what one of them does.
func extraColumns(q *config.Query, c config.Columns, columns []database.Column) (extra []string, err error) {
	read := append([]string{c.Value, c.Numerator, c.Denominator, c.SampleSize}, q.Columns...)
	if q.Name == "" {
		return unreadColumns(q, read, nil, columns)
	}
	read = append(read, "numerator", "denominator", "sample_size") // By another KPI of the query.
	return unreadColumns(q, read, append(read, "value"), columns)
}

// unreadColumns returns the columns of a result that are not among those read. In a KPI's own query there is nobody to want
// them, and a name that is almost one of the meaningful ones is a slip: both are errors.
func unreadColumns(q *config.Query, read, meaningful []string, columns []database.Column) (unread []string, err error) {
	for _, column := range columns {
		if slices.Contains(read, column.Name) {
			continue
		}
		meant := misspelt(column.Name, meaningful, columns)
		switch {
		case meant != "":
			return nil, failf(ReasonColumn, "column %q of the result is used by no KPI; did you mean %q?", column.Name, meant)
		case q.Name == "" && q.IsPromQL() && q.PromQL().AsksFor(column.Name):
			return nil, failf(ReasonColumn, "the series have a label %q that no KPI uses: leave it out of the query, or make it a label of the KPI", column.Name)
		case q.Name == "" && q.IsPromQL():
			return nil, failf(ReasonColumn, "the series have a label %q that no KPI uses: write sum without (%s) (…) or the like, or make it a label of the KPI", column.Name, column.Name)
		case q.Name == "":
			return nil, failf(ReasonColumn, "column %q of the result is used by no KPI: make it a label or leave it out", column.Name)
		}
		unread = append(unread, column.Name)
	}
	slices.Sort(unread)
	return unread, nil
}

// extra notes the columns of a query that no KPI reads; two databases may have different ones. Queries are in the order of their names, whichever
// comes first.
func (r *Result) extra(q *config.Query, columns []string) {
	if len(columns) == 0 {
		return
	}
	at, found := slices.BinarySearchFunc(r.Extra, q, func(e ExtraColumns, q *config.Query) int { return cmp.Compare(e.Query.Name, q.Name) })
	if !found {
		r.Extra = slices.Insert(r.Extra, at, ExtraColumns{Query: q})
	}
	e := &r.Extra[at]
	for _, c := range columns {
		if !slices.Contains(e.Columns, c) {
			e.Columns = append(e.Columns, c)
		}
	}
	slices.Sort(e.Columns)
}

// misspelt returns the name that a column was meant to have, "" if its own may be right: one that differs in case, or one
// that the result does not have and that is a single slip away.
func misspelt(column string, names []string, columns []database.Column) string {
	for _, name := range names {
		if column == name {
			return "" // It has its own name, though nobody reads it.
		}
		there := slices.ContainsFunc(columns, func(c database.Column) bool { return c.Name == name })
		if strings.EqualFold(column, name) || !there && document.IsSlip(column, name) {
			return name
		}
	}
	return ""
}

// missingLabel is the failure of a result of PromQL whose series have no label of that name.
func missingLabel(name string, q *config.Query, columns []database.Column) *Failure {
	var has []string
	for _, c := range columns {
		if c.Name != "value" {
			has = append(has, c.Name)
		}
	}
	switch {
	case q.PromQL().AsksFor(name):
		return failf(ReasonColumn, "the series have no label %q, though the query asks for it: no series that it reads has it: check the spelling", name)
	case len(has) == 0:
		return failf(ReasonColumn, "the series have no label %q, and no other: write sum by (%s) (…) or the like", name, name)
	}
	return failf(ReasonColumn, "the series have no label %q (they have: %s)", name, strings.Join(has, ", "))
}

func missingColumn(name string, columns []database.Column) *Failure {
	has := make([]string, len(columns))
	hint := ""
	for i, c := range columns {
		has[i] = c.Name
		if strings.EqualFold(c.Name, name) {
			hint = fmt.Sprintf("; did you mean %q? names are case sensitive", c.Name)
		}
	}
	return failf(ReasonColumn, "column %q is not in the result (has: %s)%s", name, strings.Join(has, ", "), hint)
}
