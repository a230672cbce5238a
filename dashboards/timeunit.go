package dashboards

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// timeUnit is how many seconds the unit has in which each value is written, by the rule of quantity.Unit.FormatForBoards.
func timeUnit(value string) string {
	terms := []string{"1"}
	units := quantity.TimeUnits()
	for i, u := range units[1:] {
		terms = append(terms, fmt.Sprintf("%d * (abs(%s) > bool %d)", u.Seconds-units[i].Seconds, value, u.Seconds))
	}
	return "(" + strings.Join(terms, " + ") + ")"
}

// divisor is what panels divide the values of each KPI by. For a KPI in seconds, that is the unit of time of its most urgent value; for
// any other, it is 1.
func (s scope) divisor() string {
	return fmt.Sprintf("(%s and on (job, kpi) %s or on (job, kpi) %s)",
		timeUnit(s.most(series.Value)), s.raw(series.Info, `unit="seconds"`), s.perKPI(series.Info))
}

// dividedOverTime is divided for a graph, in the unit of the end of the time range.
func (s scope) dividedOverTime(expr string) string {
	const end = " @ end()"
	last := fmt.Sprintf("max by (job, kpi) (max without (instance, pod) (%s%s) and %s)", s.raw(series.Value), end, s.urgent(end))
	divisor := fmt.Sprintf("(%s and on (job, kpi) %s%s or on (job, kpi) max by (job, kpi) (%s%s))",
		timeUnit(last), s.raw(series.Info, `unit="seconds"`), end, s.raw(series.Info), end)
	return fmt.Sprintf("((%s) / on (job, kpi) group_left () %s)", expr, divisor)
}

// divided is a metric of a KPI in the unit that timed writes beside it.
func (s scope) divided(expr string) string {
	return fmt.Sprintf("((%s) / on (job, kpi) group_left () %s)", expr, s.divisor())
}

// timed has in the label grafana_unit, where that is seconds, the unit of time by which the values are divided.
func (s scope) timed(expr string) string {
	expr = fmt.Sprintf(`(%s) * on (job, kpi) group_left (__divisor) count_values by (job, kpi) ("__divisor", %s)`, expr, s.divisor())
	expr = fmt.Sprintf(`label_join(%s, "__divisor", "", "grafana_unit", "__divisor")`, expr)
	for _, u := range quantity.TimeUnits() {
		expr = fmt.Sprintf(`label_replace(%s, "grafana_unit", %q, "__divisor", %q)`, expr, "count:"+u.Name, "s"+strconv.Itoa(u.Seconds))
	}
	return expr
}
