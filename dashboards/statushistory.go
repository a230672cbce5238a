package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// statusHistory shows the status of each series of an expression over time.
func statusHistory(description, legend, expr string) *panel {
	return timeline("Status history", description, statusMapping(), over(query{ref: "status", legend: legend, expr: expr})...)
}

// orNoHistory adds a series that says so while there is no status to show, not even at the end of the time range: a state timeline
// without any series writes that the data has no time.
func orNoHistory(expr, label, statuses string) string {
	return fmt.Sprintf("%s or %s", expr, labelled(fmt.Sprintf("vector(-1) unless on () max(%s @ end())", statuses), label, "All"))
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
		orNoHistory(orNoMatch(s.with("title", s.perKPI(series.Status)), "title", "shown"), "title", s.raw(series.Status)))
}

// historyOfOne is a line per label set.
func historyOfOne(s scope) *panel {
	return statusHistory("The status of each label set over time; a gap is unknown.", "{{sample_title}}",
		orNoHistory(s.named(s.series(series.Status), "Status"), "sample_title", s.raw(series.Status)))
}
