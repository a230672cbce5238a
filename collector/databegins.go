package collector

import (
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/target"
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

// beforeData reports whether a KPI as of an instant, before settle, has no value because something that it is computed
// from begins before its data does. Of databases that are not merged, those with data are enough.
func beforeData(k *config.KPI, asOf time.Time) bool {
	for input, at := range readings(k, asOf) {
		if !slices.ContainsFunc(input.Databases, func(d *config.Database) bool { return !input.DataBegins(d).IsZero() }) {
			continue
		}
		w := windows(input, at.Add(-input.Settle))
		before := 0
		for _, d := range input.Databases {
			if beginsBefore(input, d, w) {
				before++
			}
		}
		if before > 0 && (mergesDatabases(input) || before == len(input.Databases)) {
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
	return []Sample{{Labels: []string{}, Status: target.Unknown, Reason: target.BeforeData}}
}
