package config

import (
	"cmp"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/sqlfile"
)

// UsesWindow reports whether the query reads a parameter of a window, such as :period_start.
func (q *Query) UsesWindow() bool {
	return slices.ContainsFunc(sqlfile.WindowParameters(), q.Statement.Uses)
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
	return !k.Query.Statement.Uses("as_of") && !k.Query.UsesWindow()
}

// sqlOf returns the SQL of query or query_file, nil without any, and when there is something wrong with it.
func sqlOf(s keys.Settings) *sqlfile.Text {
	return cmp.Or(keys.Get[*sqlfile.Text](s, "query").Value, keys.Get[*sqlfile.Text](s, "query_file").Value)
}
