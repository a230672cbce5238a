package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// shownValue is the value of each label set as it is written: Grafana rounds to three digits, by which an uptime of 99.95 % would read as
// the target of 100 % that it misses. Such a value is moved off its target, by at most a step of the last digit.
func (s scope) shownValue() string {
	value := s.series(series.Value)
	return fmt.Sprintf("(%s or %s or %s)", s.apart(value, "lower", "-", "<"), s.apart(value, "upper", "+", ">"), value)
}

// apart is, where a value misses its target on one side and would be rounded to it, the nearest one that would not be: half a step of the
// last digit from the target, or from what that is rounded to.
func (s scope) apart(value, side, sign, misses string) string {
	target := fmt.Sprintf("max without (instance, pod, tier, side) (%s)", s.raw(series.Bound, `tier="target"`, `side="`+side+`"`))
	// Just beyond the target, where a step may be another than at the target itself: 99.9 and 100.
	beyond := fmt.Sprintf("(%[1]s %[2]s 0.00001 * abs(%[1]s))", target, sign)
	unit := fmt.Sprintf("(%s and on (job, kpi) %s or %s * 0 + 1)", timeUnit(beyond), s.raw(series.Info, `unit="seconds"`), target)
	step := fmt.Sprintf("%[1]s * 10 ^ (floor(log10(abs(%[2]s) / %[1]s)) - 2)", unit, beyond)
	rounded := fmt.Sprintf("%[3]s(%[1]s - round(%[1]s / (%[2]s)) * %[2]s, 0)", target, step, map[string]string{"-": "clamp_min", "+": "clamp_max"}[sign])
	shown := fmt.Sprintf("(%s - %s %s 0.5001 * %s)", target, rounded, sign, step)
	missed := fmt.Sprintf("(%[1]s %[2]s 1e-12 * abs(%[1]s))", target, sign) // Equal but for the fractions of binary numbers is met.
	return fmt.Sprintf("(%[1]s %[4]s %[2]s and %[2]s %[4]s %[3]s)", shown, value, missed, misses)
}
