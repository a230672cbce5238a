package collector

import (
	"fmt"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// formDoubts warns of values that are compared with instants in another form, so that the comparison is one of texts that
// is meaningless, or of a text with a number. It warns once for each value, at the first of its comparisons.
func (r *run) formDoubts(forms []database.Forms) []document.Problem {
	var problems []document.Problem
	warned := map[string]bool{}
	for _, f := range forms {
		p, ok := r.formDoubt(f)
		if key := p.Rule + " " + f.Comparison.Value; ok && !warned[key] {
			warned[key] = true
			p.Position = r.consumers[0].configQuery().At(f.Line, f.Column)
			p.Message = "kpi " + strings.Join(r.query.KPIs, ", ") + ": " + p.Message
			p.Warning = true
			problems = append(problems, p)
		}
	}
	return problems
}

// formDoubt returns what is doubtful about a comparison.
func (r *run) formDoubt(f database.Forms) (document.Problem, bool) {
	zone := r.consumers[0].kpi.Calendar.Location
	switch {
	case f.Bound == database.FormDate && !f.Value.IsNumber() && f.Value != database.FormOther:
		isRight := sameDays(time.UTC, zone)
		if shift, ok := r.shiftOf(f.Name); f.Value == database.FormDate {
			isRight = ok && shift == ""
		}
		if !f.IsDate || isRight {
			return document.Problem{}, false
		}
		p := document.Problem{
			Rule:    lint.DateColumn,
			Message: fmt.Sprintf("%s is the date in UTC, not in the KPI's time zone, %s", f.Comparison.Bound, zone),
			Hint:    fmt.Sprintf("compare %s with :%s itself", f.Comparison.Value, f.Name),
		}
		if f.Value == database.FormDate {
			p.Hint = r.dateHint(f)
		}
		return p, true
	case f.Value == f.Bound, f.Bound == database.FormOther, f.Value == database.FormOther && f.Bound != database.FormText:
		return document.Problem{}, false
	}
	return document.Problem{
		Rule:    lint.SQLiteTimeForm,
		Message: fmt.Sprintf("%s holds %s, and is compared with %s, which is %s", f.Comparison.Value, formText(f.Value), f.Comparison.Bound, formText(f.Bound)),
		Hint:    r.formHint(f),
	}, true
}

// formHint says what to write instead of a comparison.
func (r *run) formHint(f database.Forms) string {
	value := f.Comparison.Value
	switch f.Value {
	case database.FormDate:
		return r.dateHint(f)
	case database.FormISO, database.FormMinutes, database.FormJulian:
		value = "datetime(" + value + ")"
	case database.FormSeconds:
		value = "datetime(" + value + ", 'unixepoch')"
	case database.FormMilliseconds:
		value = "datetime(" + value + " / 1000, 'unixepoch')"
	case database.FormMicroseconds:
		value = "datetime(" + value + " / 1000000, 'unixepoch')"
	case database.FormOther:
		return "store it as 2026-03-29 22:00:00, in UTC, or turn it into that in the query"
	}
	bound := f.Comparison.Bound
	if f.Bound != database.FormText {
		bound = ":" + f.Name
	}
	if f.Operator == "" {
		return fmt.Sprintf("write %s in place of %s, and compare it with %s", value, f.Comparison.Value, bound)
	}
	return fmt.Sprintf("write %s %s %s", value, f.Operator, bound)
}

// dateHint says how a local date is compared with an instant at which a local day begins.
func (r *run) dateHint(f database.Forms) string {
	bound := ":" + f.Name
	if f.Bound == database.FormText {
		bound = f.Comparison.Bound
	}
	shift, ok := r.shiftOf(f.Name)
	if !ok {
		return "SQLite has no time zones, so it cannot tell the local date of :" + f.Name + ": keep instants beside the dates, as 2026-03-29 22:00:00 in UTC"
	}
	date := "date(" + bound + shift + ")"
	if f.Operator == "" {
		return fmt.Sprintf("write %s in place of %s", date, f.Comparison.Bound)
	}
	return fmt.Sprintf("write %s %s %s", f.Comparison.Value, f.Operator, date)
}

// shiftOf returns the modifier with which SQLite's date gives the local date of a parameter, which is the UTC time of local
// midnight: "" where UTC has the same date. It returns false where the parameter is not the beginning of a day.
func (r *run) shiftOf(parameter string) (modifier string, ok bool) {
	k := r.consumers[0].kpi
	isStart := parameter == "period_start" || parameter == "previous_start"
	if sameDays(time.UTC, k.Calendar.Location) {
		return "", true
	}
	if k.Period.Kind != period.Last && !(k.Period.Kind == period.ToDate && isStart) {
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

// shiftsToLocalDate reports whether UTC has the date of a zone's day that long after it begins, for ten years.
func shiftsToLocalDate(shift time.Duration, zone *time.Location) bool {
	return everyDay(func(t time.Time) bool {
		start := oneDay.Window(t, period.Calendar{Location: zone}).Start
		return start.Add(shift).UTC().Format(time.DateOnly) == start.In(zone).Format(time.DateOnly)
	})
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
	case database.FormJulian:
		return "a Julian day number"
	case database.FormOther:
		return "something else than a time"
	}
	return "Unix " + string(f)
}
