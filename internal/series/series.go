// Package series names what the exporter exposes: every metric family with its help text and its labels. Who exposes them,
// writes their history, reads them in rules and dashboards, or documents them takes them from here. The package is pure and
// imports nothing of ours.
package series

import "slices"

// The families of a KPI's value and period, which a backfill writes too.
const (
	Value         = "kpi_value"
	Target        = "kpi_target"
	Bound         = "kpi_bound"
	Status        = "kpi_status"
	Attainment    = "kpi_attainment_ratio"
	SampleSize    = "kpi_sample_size"
	Pace          = "kpi_pace_ratio"
	Forecast      = "kpi_forecast_value"
	ForecastLow   = "kpi_forecast_lower_value"
	ForecastHigh  = "kpi_forecast_upper_value"
	RangeLow      = "kpi_range_lower_value"
	RangeHigh     = "kpi_range_upper_value"
	PreviousValue = "kpi_previous_value"
	PeriodStart   = "kpi_period_start_timestamp_seconds"
	PeriodEnd     = "kpi_period_end_timestamp_seconds"
	PeriodElapsed = "kpi_period_elapsed_ratio"
	PeriodInfo    = "kpi_period_info"
)

// The families of what a KPI is and of how its evaluation goes.
const (
	Info               = "kpi_info"
	SampleInfo         = "kpi_sample_info"
	DatabaseInfo       = "kpi_database_info"
	ReviewDue          = "kpi_review_due_timestamp_seconds"
	TargetExpires      = "kpi_target_expires_timestamp_seconds"
	Decision           = "kpi_decision_timestamp_seconds"
	DataUntil          = "kpi_data_until_timestamp_seconds"
	DataLate           = "kpi_data_late"
	Up                 = "kpi_up"
	LastSuccess        = "kpi_last_success_timestamp_seconds"
	Interval           = "kpi_interval_seconds"
	StaleAfter         = "kpi_stale_after_seconds"
	EvaluationDuration = "kpi_evaluation_duration_seconds"
	Evaluations        = "kpi_evaluations_total"
	EvaluationFailures = "kpi_evaluation_failures_total"
	InvalidUTF8        = "kpi_exporter_invalid_utf8_total"
)

// The families of the exporter itself.
const (
	DatabaseUp        = "kpi_exporter_database_up"
	DatabaseBusy      = "kpi_exporter_database_busy_ratio"
	EvaluationQueue   = "kpi_exporter_evaluation_queue_length"
	ReloadSuccessful  = "kpi_exporter_config_last_reload_successful"
	IncludeHealthy    = "kpi_exporter_include_healthy"
	LogDropped        = "kpi_exporter_log_dropped_total"
	ReloadSuccessTime = "kpi_exporter_config_last_reload_success_timestamp_seconds"
	WebConfigLoaded   = "kpi_exporter_web_config_last_reload_successful"
	StateSaved        = "kpi_exporter_state_saved_timestamp_seconds"
	BuildInfo         = "kpi_exporter_build_info"
)

// Family is a metric family that the exporter exposes.
type Family struct {
	Name     string
	Help     string
	Labels   []string // In their order; without the KPI's own, which follow kpi.
	HasOwn   bool     // The KPI's own labels are among them.
	Recorded string   // What the generated rules call it once they have removed what names an exporter; "" if they do not record it as it is.
}

// LabelNames returns the names of all labels in their order, own being those of the KPI.
func (f Family) LabelNames(own []string) []string {
	if !f.HasOwn {
		return f.Labels
	}
	return slices.Concat(f.Labels[:1], own, f.Labels[1:])
}

// All returns every family that the exporter exposes.
func All() []Family {
	kpi := func(more ...string) []string { return append([]string{"kpi"}, more...) }
	return []Family{
		{Value, "Value of the KPI in its unit (see kpi_info).", kpi(), true, RecordedValue},
		{Target, "Bound by which the value is judged, the nearer of two, in the KPI's unit.", kpi(), true, RecordedTarget},
		{Bound, "Every bound that currently applies, in the KPI's unit.", kpi(TierLabel, SideLabel), true, RecordedBound},
		{Status, "0 on target, 1 at risk, 2 off target; absent when unknown or without a target.", kpi(), true, RecordedStatus},
		{Attainment, "1 exactly at the target; more is better, whichever direction is better for the KPI.", kpi(), true, RecordedAttainment},
		{SampleSize, "Number of observations behind the value.", kpi(), true, ""},
		{Pace, "Value as a ratio of what the target asks for by now.", kpi(), true, ""},
		{Forecast, "Value expected at the end of the period: in a straight line, or with pace: profile as earlier periods went.", kpi(), true, RecordedForecast},
		{ForecastLow, "Lower end of the range in which the period ends in P - 1 of P + 1 cases, P being the earlier periods of a profile.", kpi(), true, ""},
		{ForecastHigh, "Upper end of the range in which the period ends in P - 1 of P + 1 cases, P being the earlier periods of a profile.", kpi(), true, ""},
		{RangeLow, "Lower end of the range of the underlying rate, with 95 % confidence, of a value that is a number of cases out of others.", kpi(), true, ""},
		{RangeHigh, "Upper end of the range of the underlying rate, with 95 % confidence, of a value that is a number of cases out of others.", kpi(), true, ""},
		{PreviousValue, "Value of an earlier period, in the KPI's unit.", kpi(ComparedWithLabel), true, ""},
		{PeriodStart, "Start of the period that the value measures.", kpi(), false, ""},
		{PeriodEnd, "End of the period that the value measures.", kpi(), false, ""},
		{PeriodElapsed, "Share of the period that had passed when the value was computed.", kpi(), false, RecordedElapsed},
		{PeriodInfo, "What the value measures, in words and in the time zone of the KPI; always 1.", kpi(MeasuredLabel), false, ""},

		{Info, "What the KPI is, from the configuration; always 1.", kpi(namesOf(InfoValues{}.Labels())...), false, RecordedInfo},
		{SampleInfo, "What a label set is called, its target in words, and why its status is unknown; always 1.", kpi("sample_title", "target_text", "reason"), true, ""},
		{DatabaseInfo, "Databases that the KPI is computed from; always 1.", kpi("database"), false, ""},
		{ReviewDue, "When the definition of the KPI is due for review.", kpi(), false, ""},
		{TargetExpires, "When the steps or the ramp of the target end; the last value holds from then on.", kpi(), false, ""},
		{Decision, "When a decision about the KPI took effect; text is what was decided.", kpi(namesOf(DecisionValues{}.Labels())...), false, ""},
		{DataUntil, "How far the data behind the KPI reaches.", kpi(), false, ""},
		{DataLate, "1 if the KPI waits for late data, else 0; data names the database or query with the data_until.", kpi("data"), false, ""},

		{Up, "1 if the last evaluation succeeded and is not stale, else 0.", kpi(), false, RecordedUp},
		{LastSuccess, "When an evaluation last succeeded.", kpi(), false, ""},
		{Interval, "Time between two regular evaluations.", kpi(), false, ""},
		{StaleAfter, "Age of the last success at which value and status are withdrawn.", kpi(), false, ""},
		{EvaluationDuration, "How long the last evaluation took.", kpi(), false, ""},
		{Evaluations, "Evaluations, including failed ones.", kpi(), false, ""},
		{EvaluationFailures, "Evaluations that failed, by reason.", kpi("reason"), false, ""},
		{InvalidUTF8, `Label values with bytes that are not UTF-8, which are written as \xE4; counted each time they are read.`, kpi(), false, ""},

		{DatabaseUp, "1 if the database could be reached at the last attempt, else 0.", []string{"database"}, false, RecordedDatabaseUp},
		{DatabaseBusy, "Share of the last five minutes in which all connections to the database were in use.", []string{"database"}, false, ""},
		{EvaluationQueue, "Queries that wait for a connection.", nil, false, ""},
		{ReloadSuccessful, "1 if the last attempt to load the configuration succeeded, else 0.", nil, false, ""},
		{ReloadSuccessTime, "When the active configuration was loaded.", nil, false, ""},
		{WebConfigLoaded, "1 if the last attempt to load the file of --web.config.file succeeded, else 0.", nil, false, ""},
		{StateSaved, "When the file of --state.file last held all that it should; 0 if it never did.", nil, false, ""},
		{IncludeHealthy, "1 if the file, which is included with on_error: keep, is in use as it is, 0 if it is broken or does not fit the others.", []string{"file"}, false, ""},
		{LogDropped, "Lines of the log that were dropped, because nobody read it or it could not be written.", nil, false, ""},
		{BuildInfo, "The version of the exporter; always 1.", []string{"version", "goversion"}, false, ""},
	}
}

// Find returns a family by its name; the zero Family if there is none.
func Find(name string) Family {
	for _, f := range All() {
		if f.Name == name {
			return f
		}
	}
	return Family{}
}
