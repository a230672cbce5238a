package config

import (
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// definition is a KPI with SQL, or a column that a formula reads, together with all the others.
type definition struct {
	*KPI
	all []*KPI // All definitions.
}

// lintSQL applies the rules that read SQL.
func (l *linter) lintSQL(c *Config) {
	rules := []func(d definition){
		l.windowNotHalfOpen, l.instantWithoutAsOf, l.notAdditive, l.sumIsNull, l.moneySample, l.disappearingLabel,
	}
	var all []*KPI
	for _, k := range c.KPIs {
		for _, read := range k.Reads() {
			if read.Query != nil && !slices.Contains(all, read) {
				all = append(all, read)
			}
		}
	}
	for _, k := range all {
		for _, rule := range rules {
			rule(definition{k, all})
		}
	}
}

// windowNotHalfOpen finds queries that include the end of the window, which belongs to the next one, or leave out its start.
func (l *linter) windowNotHalfOpen(d definition) {
	queries := []*Query{d.Query}
	if d.Target != nil && d.Target.From != nil {
		queries = append(queries, d.Target.From)
	}
	for _, q := range queries {
		for _, w := range q.Statement.NotHalfOpen() {
			does, whose := "takes in", "this period"
			switch {
			case !w.TakesIn:
				does = "leaves out"
			case w.Parameter == ":period_end":
				whose = "the next period"
			}
			l.find("window_not_half_open", q.At(w.Line, w.Column), "write "+w.Instead, "%s %s %s, which belongs to %s", w.Text, does, w.Parameter, whose)
		}
	}
}

// HasPast reports whether the KPI can be evaluated for the past. An instant or trailing query that never reads the time
// returns today's number for every instant, and so does a formula that reads such a KPI.
func (k *KPI) HasPast() bool {
	return !slices.ContainsFunc(k.Reads(), (*KPI).isTimeless)
}

// isTimeless reports whether the KPI has an instant or trailing query that reads no parameter but the zone.
func (k *KPI) isTimeless() bool {
	if k.Query == nil || k.Period.Kind != period.Instant && k.Period.Kind != period.Trailing {
		return false
	}
	return !slices.ContainsFunc(strings.Fields("as_of "+windowParameters), k.Query.Statement.Uses)
}

// instantWithoutAsOf finds queries that return today's number for every instant of the past.
func (l *linter) instantWithoutAsOf(d definition) {
	if !d.isTimeless() {
		return
	}
	hint := "use :as_of: created_at <= :as_of AND (deleted_at IS NULL OR deleted_at > :as_of)"
	if d.Period.Kind == period.Trailing {
		hint = "use :period_start and :period_end"
	}
	l.find("instant_without_as_of", d.Query.Position, hint, "the query never reads :as_of or a period, so every instant of the past gets today's number")
}

// columns returns the columns that the KPI reads, as far as its SQL shows which columns it returns.
func (d definition) columns() Columns {
	names, known := d.Query.Statement.Columns()
	return d.ColumnsIn(func(column string) bool {
		is := func(name string) bool { return strings.EqualFold(name, column) }
		return slices.ContainsFunc(names, is) ||
			!known && slices.ContainsFunc(d.Query.Statement.Words(), func(w sqltext.Word) bool { return is(w.Text) })
	})
}

// present returns the texts that are not empty, each once.
func present(texts ...string) []string {
	slices.Sort(texts)
	return slices.DeleteFunc(slices.Compact(texts), func(text string) bool { return text == "" })
}
