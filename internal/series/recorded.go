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
	RecordedAlertBehind  = "kpi:alert:behind"                // The forecasts that miss the full target.
	RecordedAlertValue   = "kpi:alert:value"                 // The values that alerts tell.
	RecordedAlertBound   = "kpi:alert:bound"                 // The bounds of their targets.
	RecordedAlertEarlier = "kpi:alert:earlier"               // What they were before.
	RecordedAlertNumber  = "kpi:alert:number"                // All numbers that an alert tells, and the words around them.
	RecordedAlertDetail  = "kpi:alert:detail"                // The pieces of its description.
)

// AllRecorded returns every name that the generated rules record.
func AllRecorded() []string {
	names := []string{
		RecordedFreshness, RecordedLastUp, RecordedSeen, RecordedDatabaseDown,
		RecordedDataLate, RecordedExporter, RecordedValueDelta, RecordedOnTarget,
		RecordedAlertBehind, RecordedAlertValue, RecordedAlertBound, RecordedAlertEarlier, RecordedAlertNumber, RecordedAlertDetail,
	}
	for _, f := range All() {
		if f.Recorded != "" {
			names = append(names, f.Recorded)
		}
	}
	return names
}
