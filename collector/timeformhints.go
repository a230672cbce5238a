package collector

import (
	"fmt"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// formHint says what to write instead of a comparison of other forms.
func (r *run) formHint(f database.Forms) string {
	value, form := f.Comparison.Value, f.Value
	if form == database.FormNull {
		value, form = f.Comparison.Read, f.Read
	}
	bound := f.Comparison.Bound
	if f.Bound != database.FormText {
		bound = ":" + f.Name
	}
	switch form {
	case database.FormOther:
		return "store it as 2026-03-29 22:00:00, in UTC, or turn it into that in the query"
	case database.FormDigits:
		return "write " + compared(f, value, number(f, "strftime('%Y%m%d%H%M%S', "+bound+")")) + ", if it holds UTC"
	}
	if form.Layout() != "" {
		return r.dateHint(f)
	}
	text := instantOf(value, form)
	if f.Operator == "" {
		return fmt.Sprintf("write %s in place of %s, and compare it with %s", text, f.Comparison.Value, bound)
	}
	return "write " + compared(f, text, bound)
}

// compared returns a comparison of the same kind.
func compared(f database.Forms, value, bound string) string {
	if f.Operator == "" {
		return bound + " in place of " + f.Comparison.Bound
	}
	return value + " " + f.Operator + " " + bound
}

// number returns a text of digits as a number where it is compared with one that does not convert it.
func number(f database.Forms, text string) string {
	if f.Unlike == "number" {
		return "CAST(" + text + " AS INTEGER)"
	}
	return text
}

// instantOf returns SQL that gives a time of a form in the form of the parameters.
func instantOf(value string, form database.Form) string {
	switch form {
	case database.FormISO, database.FormMinutes, database.FormJulian:
		return "datetime(" + value + ")"
	case database.FormSeconds:
		return "datetime(" + value + ", 'unixepoch')"
	case database.FormMilliseconds:
		return "datetime(" + value + " / 1000, 'unixepoch')"
	case database.FormMicroseconds:
		return "datetime(" + value + " / 1000000, 'unixepoch')"
	}
	return value
}

// instantHint says what to write instead of a day that is made of an instant.
func instantHint(f database.Forms) string {
	value := instantOf(f.Comparison.Read, f.Read)
	kind, _, isBound := strings.Cut(f.Name, "_")
	if f.Name == "as_of" || !isBound {
		return fmt.Sprintf("compare %s with :%s itself", value, f.Name)
	}
	return fmt.Sprintf("compare the instant itself: %[1]s >= :%[2]s_start AND %[1]s < :%[2]s_end", value, kind)
}

// unlikeHint says how a number and a text that mean the same are compared.
func unlikeHint(f database.Forms) string {
	kind := "INTEGER"
	if f.Value == database.FormJulian {
		kind = "REAL"
	}
	value, bound := f.Comparison.Value, f.Comparison.Bound
	if f.Unlike == "text" {
		value = "CAST(" + value + " AS " + kind + ")"
		if f.Operator == "" {
			return "write " + value + " in place of " + f.Comparison.Value
		}
		return "write " + compared(f, value, bound)
	}
	if rest, ok := strings.CutPrefix(bound, "strftime('%s', "); ok {
		return "write " + compared(f, value, "unixepoch("+rest)
	}
	return "write " + compared(f, value, "CAST("+bound+" AS "+kind+")")
}

// dateHint says how a local date, month or year is compared with an instant at which a local day begins.
func (r *run) dateHint(f database.Forms) string {
	shift, ok := r.shiftOf(f.Name)
	if !ok {
		return "SQLite has no time zones, so it cannot tell the local date of :" + f.Name + ": keep instants beside the dates, as 2026-03-29 22:00:00 in UTC"
	}
	bound, parameter := f.Comparison.Bound, ":"+f.Name
	format := map[database.Form]string{
		database.FormDate: "date(%s)", database.FormMonth: "strftime('%%Y-%%m', %s)", database.FormYear: "strftime('%%Y', %s)", database.FormDateDigits: "strftime('%%Y%%m%%d', %s)",
	}[f.Value]
	before, after, found := strings.Cut(bound, parameter)
	switch isFunction := strings.HasPrefix(before, "date(") || strings.HasPrefix(before, "strftime("); {
	case f.Bound == database.FormText:
		bound = fmt.Sprintf(format, bound+shift)
	case f.Bound != f.Value, shift == "", !found:
		bound = fmt.Sprintf(format, parameter+shift)
	case isFunction && after == ")":
		bound = before + parameter + shift + after
	default:
		bound = before + "datetime(" + parameter + shift + ")" + after
	}
	return "write " + compared(f, f.Comparison.Value, number(f, bound))
}

// shiftOf returns the modifier with which SQLite's date gives the local date of a parameter, which is the UTC time of local
// midnight: "" where UTC has the same date. It returns false where the parameter is not the beginning of a day.
func (r *run) shiftOf(parameter string) (modifier string, ok bool) {
	k := r.consumers[0].kpi
	isStart := parameter == "period_start" || parameter == "previous_start"
	if sameDays(time.UTC, k.Calendar.Location) {
		return "", true
	}
	if parameter == "as_of" || k.Period.Kind != period.Last && !(k.Period.Kind == period.ToDate && isStart) {
		return "", false
	}
	for _, hours := range []int{0, 13, 14} { // 13 do from UTC-10 to UTC+13.
		if shiftsToLocalDate(time.Duration(hours)*time.Hour, k.Calendar.Location) {
			if hours == 0 {
				return "", true
			}
			return fmt.Sprintf(", '+%d hours'", hours), true
		}
	}
	return "", false
}

// shiftsToLocalDate reports whether UTC has the date of a zone's day so long after it begins, for ten years.
func shiftsToLocalDate(shift time.Duration, zone *time.Location) bool {
	return everyDay(func(t time.Time) bool {
		start := oneDay.Window(t, period.Calendar{Location: zone}).Start
		return start.Add(shift).UTC().Format(time.DateOnly) == start.In(zone).Format(time.DateOnly)
	})
}
