package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// statusHistory shows the status of each series of an expression over time.
func statusHistory(description, legend, expr string) *panel {
	return timeline("Status history", description, statusMapping(), over(query{ref: "status", legend: legend, expr: expr})...)
}

// orNone adds a series of -1 where a metric has no value in the time range, not even at its end: a state timeline without any series
// writes that the data has no time.
func orNone(expr, label, metric string) string {
	some := fmt.Sprintf("(max(%[1]s @ end()) or max_over_time(max(%[1]s)[$__range:1h] @ end()))", metric)
	return fmt.Sprintf("%s or %s", expr, labelled("vector(-1) unless on () "+some, label, "All"))
}

// orNoMatch adds a series that says so where a variable has no values, which Grafana writes as ().
func orNoMatch(expr, label, variable string) string {
	picked := func(value, text string) string { return labelled(fmt.Sprintf("vector(%s)", value), "__picked", text) }
	none := fmt.Sprintf("max by () (%s and on (__picked) %s)", picked("-2", "()"), picked("1", "$"+variable))
	return fmt.Sprintf("%s or %s", expr, labelled(none, label, "All"))
}

// historyOfAll is a line per KPI, each by its worst status.
func historyOfAll(s scope) *panel {
	return statusHistory(
		fmt.Sprintf("The worst status of each KPI over time; a gap is unknown. It shows the %d most urgent KPIs.", mostShown), "{{title}}",
		orNone(orNoMatch(s.with("title", s.perKPI(series.Status)), "title", "shown"), "title", s.raw(series.Status)))
}

// historyOfOne is a line per label set.
func historyOfOne(s scope) *panel {
	return statusHistory("The status of each label set over time; a gap is unknown.", "{{sample_title}}",
		orNone(s.named(s.series(series.Status), "Status"), "sample_title", s.raw(series.Status)))
}
