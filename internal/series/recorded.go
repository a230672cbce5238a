package series

// What the generated rules record of families as they are exposed, without what names an exporter.
const (
	RecordedValue      = "kpi:value:max"
	RecordedTarget     = "kpi:target:max"
	RecordedBound      = "kpi:bound:max"
	RecordedStatus     = "kpi:status:max"
	RecordedAttainment = "kpi:attainment:ratio"
	RecordedForecast   = "kpi:forecast:max"
	RecordedElapsed    = "kpi:elapsed:ratio"
	RecordedInfo       = "kpi:info:last"
	RecordedUp         = "kpi:up:max"
	RecordedDatabaseUp = "kpi:database_up:max"
)

// What the generated rules compute from families, for alerts, dashboards and the history that backfill writes.
const (
	RecordedFreshness    = "kpi:freshness:timestamp_seconds" // When the KPI last succeeded.
	RecordedLastUp       = "kpi:last_up:timestamp_seconds"   // When all databases of the KPI last succeeded.
	RecordedSeen         = "kpi:seen:timestamp_seconds"      // When the KPI last had a value.
	RecordedDatabaseDown = "kpi:database_down:max"           // The KPIs that wait for a database.
	RecordedDataLate     = "kpi:data_late:max"               // The KPIs that wait for late data.
	RecordedExporter     = "kpi:exporter:known"              // The scrape targets that are KPI exporters.
	RecordedValueDelta   = "kpi:value:delta7d"               // The value less that of seven days earlier.
	RecordedOnTarget     = "kpi:on_target:ratio28d"          // The share of the last 28 days on target.
	RecordedAlertInfo    = "kpi:alert:info"                  // What alerts say about a KPI, in labels.
	RecordedAlertEarlier = "kpi:alert:earlier"               // What a value that misses its target was before.
	RecordedAlertDetail  = "kpi:alert:detail"                // The numbers that an alert tells beside its value.
)

// AllRecorded returns every name that the generated rules record.
func AllRecorded() []string {
	names := []string{
		RecordedFreshness, RecordedLastUp, RecordedSeen, RecordedDatabaseDown,
		RecordedDataLate, RecordedExporter, RecordedValueDelta, RecordedOnTarget,
		RecordedAlertInfo, RecordedAlertEarlier, RecordedAlertDetail,
	}
	for _, f := range All() {
		if f.Recorded != "" {
			names = append(names, f.Recorded)
		}
	}
	return names
}
