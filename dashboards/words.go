package dashboards

import (
	"fmt"
	"strings"
)

// inWords moves values into the label dst, in the words that internal/format has for them: "3.82%", "62.3k EUR", "2h30m". A table
// has one unit per column and a KPI per row, so Grafana cannot write them there. The names of the labels on the way are ones
// that no KPI may have.
func (s scope) inWords(dst, expr string) string {
	in := func(units string) string {
		return fmt.Sprintf("(%s) * on (job, kpi) group_left (unit) %s", expr, s.info(units))
	}
	number := replaced(number(in(`unit!~"ratio|seconds"`)), "unit", "(.+)", " $1")
	number = replaced(number, "unit", " currency:(.+)", " $1")
	number = replaced(number, "unit", " count", "")
	percent := replaced(percent("100 * "+in(`unit="ratio"`)), "unit", "ratio", "%")
	seconds := replaced(duration(in(`unit="seconds"`)), "unit", "seconds", "")
	return fmt.Sprintf(`max without (unit, __number, __scale) (label_join(%s or %s or %s, %q, "", "__number", "__scale", "unit"))`,
		number, percent, seconds, dst)
}

// number writes values as format.Number does, up to 1e15: the digits into the label __number, and k, M or B into __scale.
func number(x string) string {
	scale := fmt.Sprintf("((abs(%[1]s) >= bool 9999.5) + (abs(%[1]s) >= bool 999500) + (abs(%[1]s) >= bool 999500000))", x)
	scaled := fmt.Sprintf("(%s) / 1000 ^ %s", x, scale)
	text := written(rounded(scaled, fmt.Sprintf("(3 - (%s > bool 0))", scale)), scale)
	for i, name := range []string{"", "k", "M", "B"} {
		text = replaced(text, "__scale", fmt.Sprint(i), name)
	}
	return text
}

// percent writes percentages as format.Percent does, into the label __number.
func percent(x string) string {
	missing := fmt.Sprintf("(100 - ((%s > 99) < 100))", x) // Missing from an uptime.
	return fmt.Sprintf(`count_values without () ("__number", %s or %s)`, roundedTo(x, decimals(missing, "1")), rounded(x, "3"))
}

// duration writes seconds as format.Duration does, up to 292 years: those of less than a minute into the label __number, else how
// many of the larger unit into __number, what follows into __scale, and the smaller unit into unit.
func duration(x string) string {
	short := replaced(written(rounded(fmt.Sprintf("(%[1]s and abs(%[1]s) < 60)", x), "3"), x+" * 0"), "__scale", ".*", "s")

	long := fmt.Sprintf("round(abs(%s) >= 60)", x)
	size := fmt.Sprintf("((%[1]s >= bool 3600) + (%[1]s >= bool 86400))", long) // 0: minutes, 1: hours, 2: days.
	unit := fmt.Sprintf("(60 ^ (1 + clamp_max(%[1]s, 1)) * 24 ^ clamp_min(%[1]s - 1, 0))", size)
	rest := fmt.Sprintf("floor((%s %% %s) / 60 ^ %s)", long, unit, size) // In the next smaller unit.
	text := written(fmt.Sprintf("sgn(%s) * floor(%s / %s)", x, long, unit), fmt.Sprintf("%s * 100 + %s", size, rest))
	text = replaced(text, "unit", "seconds", "")
	for i, units := range []string{"ms", "hm", "dh"} {
		first, second := units[:1], units[1:]
		alone, both := fmt.Sprintf("%d00", i), fmt.Sprintf("%d0?([1-9]?[0-9])", i)
		if i == 0 {
			alone, both = "0", "([1-9][0-9]?)"
		}
		text = replaced(text, "__scale", alone, first)
		text = fmt.Sprintf(`label_replace(%s, "unit", %q, "__scale", %q)`, text, second, both)
		text = replaced(text, "__scale", both, first+"$1")
	}
	return fmt.Sprintf("(%s or %s)", short, text)
}

// rounded rounds values to the significant digits behind the first one that are given.
func rounded(x, digits string) string {
	return roundedTo(x, decimals(x, digits))
}

// roundedTo rounds values to so many places behind the point, halves away from zero.
func roundedTo(x, places string) string {
	return fmt.Sprintf("sgn(%[1]s) * round(abs(%[1]s) * 10 ^ %[2]s) / 10 ^ %[2]s", x, places)
}

// decimals is how many decimals there are if digits follow the first significant one.
func decimals(x, digits string) string {
	return fmt.Sprintf("clamp(%s - floor(log10(abs(%s)) + 1e-9), 0, 9)", digits, x)
}

// written moves values into the label __number, and others into __scale.
func written(scaled, scale string) string {
	return fmt.Sprintf(`count_values without () ("__number", (%s) * ignoring (__scale) group_left (__scale) count_values without () ("__scale", %s))`,
		scaled, scale)
}

// replaced rewrites a label where all of it matches the pattern.
func replaced(expr, label, pattern, text string) string {
	return fmt.Sprintf(`label_replace(%s, "%[2]s", "%[3]s", "%[2]s", "%[4]s")`, expr, label, text, strings.ReplaceAll(pattern, `\`, `\\`))
}
