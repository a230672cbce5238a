package dashboards

import (
	"fmt"
	"strings"
)

// inWords moves values into the label dst, as a person would write them in the KPI's unit: "3.8 %", "62.3k EUR", "59 min".
// A table has one unit per column and one KPI per row, so Grafana cannot do it there. The names of the labels on the way
// are ones that no KPI may have.
func (s scope) inWords(dst, expr string) string {
	plain := fmt.Sprintf("(%s) * on (job, kpi) group_left (unit) (%s * 100 or %s)",
		expr, s.info(`unit="ratio"`), s.info(`unit!~"ratio|seconds"`))
	thousands := fmt.Sprintf("clamp(floor(log10(abs(%s)) / 3 + 1e-9), 0, 3)", plain)
	amount := written(fmt.Sprintf("round((%s) / 1000 ^ %s, 0.01)", plain, thousands), thousands)
	for i, name := range []string{"", "k", "M", "bn"} {
		amount = replaced(amount, "__scale", fmt.Sprint(i), name)
	}
	amount = replaced(amount, "unit", "count", "")
	amount = replaced(amount, "unit", "ratio", "%")
	amount = replaced(amount, "unit", "currency:(.+)", "$1")

	seconds := fmt.Sprintf("(%s) * on (job, kpi) group_left (unit) %s", expr, s.info(`unit="seconds"`))
	size := fmt.Sprintf("((abs(%[1]s) >= bool 120) + (abs(%[1]s) >= bool 7200) + (abs(%[1]s) >= bool 172800))", seconds)
	length := written(fmt.Sprintf("round((%s) / (60 ^ clamp_max(%s, 2) * 24 ^ clamp_min(%s - 2, 0)), 0.1)", seconds, size, size), size)
	length = replaced(length, "unit", "seconds", "")
	for i, name := range []string{" s", " min", " h", " d"} {
		length = replaced(length, "__scale", fmt.Sprint(i), name)
	}

	text := fmt.Sprintf(`label_join(%s or %s, "__text", "", "__number", "__scale")`, amount, length)
	text = fmt.Sprintf(`label_join(%s, %q, " ", "__text", "unit")`, text, dst)
	// What has no word for a unit ends with a space until here.
	return fmt.Sprintf("max without (unit, __number, __scale, __text) (%s)", replaced(text, dst, "(.+) ", "$1"))
}

// written moves values into the label __number and how they were scaled into __scale.
func written(scaled, scale string) string {
	return fmt.Sprintf(`count_values without () ("__number", %s * ignoring (__scale) group_left (__scale) count_values without () ("__scale", %s))`,
		scaled, scale)
}

// replaced rewrites a label where all of it matches the pattern.
func replaced(expr, label, pattern, text string) string {
	return fmt.Sprintf(`label_replace(%s, "%[2]s", "%[3]s", "%[2]s", "%[4]s")`, expr, label, text, strings.ReplaceAll(pattern, `\`, `\\`))
}
