package collector

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
)

// timeFormWarning is what is doubtful about comparisons of the same value.
type timeFormWarning struct {
	database.Forms // The first of them.
	check          string
	message        func(bounds string) string // What is said about the sides that the value is compared with.
	hint           string
	bounds, others []string // How these sides are written, and the parameters of all comparisons but the first: each once.
}

// timeFormWarnings warns of values that are compared with instants in another form, so that the comparison is one of texts that
// is meaningless, or of a text with a number; and of days that are those of UTC. It warns once for each value.
func (r *run) timeFormWarnings(advice database.QueryAdvice) []document.Problem {
	var all, warnings []*timeFormWarning
	for _, f := range advice.Forms {
		if d := r.timeFormWarning(f); d != nil {
			all = append(all, d)
		}
	}
	for _, d := range advice.Days {
		all = append(all, r.dayWarning(d))
	}
	for _, d := range all {
		i := slices.IndexFunc(warnings, func(o *timeFormWarning) bool { return o.check == d.check && o.Key == d.Key })
		if i < 0 {
			i = len(warnings)
			warnings = append(warnings, d)
		}
		warnings[i].add(d.Forms)
	}
	problems := make([]document.Problem, len(warnings))
	for i, d := range warnings {
		hint := d.hint
		if len(d.others) > 0 {
			hint += ", and likewise for " + strings.Join(d.others, ", ")
		}
		problems[i] = r.warning(d.check, d.Parameter, d.message(strings.Join(d.bounds, ", ")), hint)
	}
	return problems
}

func (d *timeFormWarning) add(f database.Forms) {
	if !slices.Contains(d.bounds, f.Comparison.Bound) {
		d.bounds = append(d.bounds, f.Comparison.Bound)
	}
	if name := ":" + f.Name; f.Name != d.Name && !slices.Contains(d.others, name) {
		d.others = append(d.others, name)
	}
}

// timeFormWarning returns what is doubtful about a comparison, nil if nothing is.
func (r *run) timeFormWarning(f database.Forms) *timeFormWarning {
	value, zone := f.Comparison.Value, r.consumers[0].kpi.Calendar.Location
	warning := func(check, hint, format string, args ...any) *timeFormWarning { // %[1]s is for the sides that are compared with the value.
		return &timeFormWarning{Forms: f, check: check, hint: hint, message: func(bounds string) string {
			return fmt.Sprintf(format, slices.Insert(args, 0, any(bounds))...)
		}}
	}
	switch {
	case f.Value == database.FormNull:
		return warning(lint.SQLiteTimeForm, r.formHint(f), "%[2]s is NULL, so that its comparison with %[1]s never holds: %[3]s holds %[4]s", value, f.Comparison.Read, formText(f.Read))
	case f.ValueInUTC:
		return warning(lint.DateColumn, instantHint(f), "%[2]s is the %[3]s in UTC, not in the KPI's time zone, %[4]s", value, dayText(f.Value), zone)
	case f.Bound.Layout() != "" && isDashed(f.Value) && f.Value.IsInstant():
		if sameDays(time.UTC, zone) {
			return nil
		}
		return warning(lint.DateColumn, fmt.Sprintf("compare %s with :%s itself", value, f.Name), "%[1]s is the %[2]s in UTC, not in the KPI's time zone, %[3]s", dayText(f.Bound), zone)
	case f.BoundInUTC && f.Value.Layout() != "":
		return warning(lint.DateColumn, r.dateHint(f), "%[1]s is the %[2]s in UTC, not in the KPI's time zone, %[3]s", dayText(f.Bound), zone)
	case f.Value == f.Bound, f.Bound == database.FormOther, f.Value == database.FormOther && f.Bound != database.FormText,
		isDashed(f.Value) && isDashed(f.Bound) && f.Value.Layout() != "" && f.Bound.Layout() != "":
		if f.Unlike == "" {
			return nil
		}
		return warning(lint.SQLiteTimeForm, unlikeHint(f), "%[2]s is a %[3]s, and %[1]s is not: to SQLite every number is less than every text", value, f.Unlike)
	}
	return warning(lint.SQLiteTimeForm, r.formHint(f), "%[2]s holds %[3]s, and is compared with %[1]s, which is %[4]s", value, formText(f.Value), formText(f.Bound))
}

// isDashed reports whether a form is text that begins with a year, a dash and a month, or a part of that.
func isDashed(f database.Form) bool {
	switch f {
	case database.FormText, database.FormISO, database.FormMinutes, database.FormDate, database.FormMonth, database.FormYear:
		return true
	}
	return false
}

// dayText names a day, a month or a year.
func dayText(f database.Form) string {
	switch f {
	case database.FormMonth, database.FormYear:
		return string(f)
	}
	return "date"
}

// formText describes a form.
func formText(f database.Form) string {
	switch f {
	case database.FormText:
		return "text in UTC such as 2026-03-29 22:00:00"
	case database.FormISO:
		return "text with a T or a time zone such as 2026-03-29T22:00:00Z"
	case database.FormMinutes:
		return "text without seconds such as 2026-03-29 22:00"
	case database.FormDate:
		return "a date such as 2026-03-29"
	case database.FormMonth:
		return "a month such as 2026-03"
	case database.FormYear:
		return "a year such as 2026"
	case database.FormDigits:
		return "digits such as 20260329220000"
	case database.FormDateDigits:
		return "a date such as 20260329"
	case database.FormJulian:
		return "a Julian day number"
	case database.FormOther:
		return "something else than a time"
	}
	return "Unix " + string(f)
}
