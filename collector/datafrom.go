package collector

import (
	"slices"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// beginsBefore reports whether the query of a KPI would read, with these parameters, a period that begins before the data
// of a database does.
func beginsBefore(k *config.KPI, d *config.Database, w database.Parameters) bool {
	from := k.DataBegins(d)
	if from.IsZero() {
		return false
	}
	start := w.PeriodStart
	if s := k.Query.Statement; s.Uses("previous_start") || s.Uses("previous_end") {
		start = w.PreviousStart
	}
	return start.Before(from)
}

// databasesBefore returns the databases in which a reading begins before the data does.
func databasesBefore(r reading) []string {
	k := r.kpi
	if !slices.ContainsFunc(k.Databases, func(d *config.Database) bool { return !k.DataBegins(d).IsZero() }) {
		return nil
	}
	w := r.windows()
	var before []string
	for _, d := range k.Databases {
		if beginsBefore(k, d, w) {
			before = append(before, d.Name)
		}
	}
	return before
}

// anyBeforeData reports whether a KPI has no value because one of the readings that it is computed from begins before its data does.
// For databases that are not merged, those with data are enough.
func anyBeforeData(readings []reading) bool {
	for _, r := range readings {
		if r.kpi.Values != nil && r.windows().PeriodStart.Before(r.kpi.DataFrom) {
			return true
		}
		before := len(databasesBefore(r))
		if before > 0 && (mergesDatabases(r.kpi) || before == len(r.kpi.Databases)) {
			return true
		}
	}
	return false
}

// samplesBeforeData returns what is known of a KPI before its data begins: only that it has no value, if it has no labels.
func samplesBeforeData(k *config.KPI) []Sample {
	if len(k.LabelNames()) > 0 {
		return nil
	}
	return []Sample{{Labels: []string{}, Status: status.Unknown, Reason: status.BeforeData}}
}
