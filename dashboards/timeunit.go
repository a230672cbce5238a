package dashboards

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// timeUnits are what seconds are counted in: Grafana by itself would write weeks where a target says days.
var timeUnits = [...]struct {
	name    string
	seconds int
}{{"seconds", 1}, {"minutes", 60}, {"hours", 3600}, {"days", 86400}}

// timeUnit is how many seconds the unit has in which each value is written: the longest that is shorter than the value, since "1 days"
// is no English.
func timeUnit(value string) string {
	terms := []string{"1"}
	for i, u := range timeUnits[1:] {
		terms = append(terms, fmt.Sprintf("%d * (abs(%s) > bool %d)", u.seconds-timeUnits[i].seconds, value, u.seconds))
	}
	return "(" + strings.Join(terms, " + ") + ")"
}

// divisor is what panels divide the values of each KPI by. For a KPI in seconds, that is the unit of time of its most urgent value; for
// any other, it is 1.
func (s scope) divisor() string {
	return fmt.Sprintf("(%s and on (job, kpi) %s or on (job, kpi) %s)",
		timeUnit(s.most(series.Value)), s.raw(series.Info, `unit="seconds"`), s.perKPI(series.Info))
}

// divided is a metric of a KPI in the unit that timed writes beside it.
func (s scope) divided(expr string) string {
	return fmt.Sprintf("((%s) / on (job, kpi) group_left () %s)", expr, s.divisor())
}

// timed has in the label grafana_unit, where that is seconds, the unit of time by which the values are divided.
func (s scope) timed(expr string) string {
	expr = fmt.Sprintf(`(%s) * on (job, kpi) group_left (__divisor) count_values by (job, kpi) ("__divisor", %s)`, expr, s.divisor())
	expr = fmt.Sprintf(`label_join(%s, "__divisor", "", "grafana_unit", "__divisor")`, expr)
	for _, u := range timeUnits {
		expr = fmt.Sprintf(`label_replace(%s, "grafana_unit", %q, "__divisor", %q)`, expr, "count:"+u.name, "s"+strconv.Itoa(u.seconds))
	}
	return expr
}
