package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// planned reads steps or a ramp: values by year, quarter, month or day.
func (t *targetDecoder) planned(k, v *document.Node) *Bound {
	type entry struct {
		key *document.Node
		Step
		end time.Time
	}
	var entries []entry
	unclear := false
	failed := t.ErrorCount()
	t.Each(v, k.Value, func(key, value *document.Node) {
		from, end, ok := t.fiscalYear.span(key.Value, t.calendar)
		if ok && t.yearsUnclear && !unclear && namesYear(key.Value) {
			unclear = true
			t.askFiscalYear(key)
		}
		if !ok {
			t.Fail(key, "write a year, quarter, month or day: 2026, 2026-Q1, 2026-03 or 2026-03-01", "%s: %s is not a date or period", k.Value, document.Quote(key.Value))
		}
		e := entry{key: key, Step: Step{From: from}, end: end}
		if text := document.Resolve(value); text.Kind != document.ScalarNode || text.Value != "none" {
			number := quantity.Number(t.File, value, key.Value, quantity.Scale(t.unit))
			if number.OK {
				t.warnOfPercent(number.Node, number.Value)
			}
			e.Value = &number.Value
		}
		entries = append(entries, e)
	})
	if t.ErrorCount() > failed {
		return nil
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return a.From.Compare(b.From) })
	b := &Bound{Source: Source(k.Value)}
	values := 0
	for i, e := range entries {
		if i > 0 && e.From.Equal(entries[i-1].From) {
			t.Fail(e.key, "remove one of them", "%s and %s begin at the same time", entries[i-1].key.Value, e.key.Value)
		}
		if e.Value != nil {
			values++
		}
		b.Steps = append(b.Steps, e.Step)
	}
	switch {
	case b.Source == Steps && values == 0:
		t.Fail(document.Resolve(v), "write {steps: {2026-Q1: 800, 2026-Q2: 900}}", "steps has no value")
		return nil
	case b.Source == Ramp && values < 2:
		t.Fail(document.Resolve(v), "write {ramp: {2026-01-01: 800, 2026-07-01: 1200}}", "a ramp needs a value to begin with and one to reach")
		return nil
	}
	switch last := entries[len(entries)-1]; {
	case last.Value == nil:
	case b.Source == Ramp:
		b.Until = last.From
	default:
		b.Until = last.end
	}
	return b
}

// fiscalYear says which calendar year names a year that does not begin in January, and its quarters; "" where
// the file does not set it.
type fiscalYear string

const (
	namedByStart fiscalYear = "start"
	namedByEnd   fiscalYear = "end"
)

// span returns the first instant of a year, quarter, month or day, and the one after its last.
func (f fiscalYear) span(text string, c period.Calendar) (from, end time.Time, ok bool) {
	if f == namedByEnd && c.YearStart != time.January && namesYear(text) {
		year, _ := strconv.Atoi(text[:4])
		text = fmt.Sprintf("%04d%s", year-1, text[4:])
	}
	return calendarSpan(text, c)
}

// namesYear reports whether a time is a year, or one of its quarters: months and days have the name of the calendar year.
func namesYear(text string) bool {
	_, part, found := strings.Cut(text, "-")
	return calendarKey.MatchString(text) && (!found || strings.HasPrefix(part, "Q"))
}

// askFiscalYear reports a year, or a quarter, that the file leaves ambiguous.
func (t *targetDecoder) askFiscalYear(key *document.Node) {
	starts, _, _ := namedByStart.span(key.Value, t.calendar)
	ends, _, _ := namedByEnd.span(key.Value, t.calendar)
	t.Fail(key, fmt.Sprintf("beside year_start write fiscal_year: start if %s begins on %s, or fiscal_year: end if it begins on %s",
		key.Value, starts.Format(time.DateOnly), ends.Format(time.DateOnly)),
		"%s is ambiguous: the year begins in %s, and its name may be that of the year in which it starts or ends", key.Value, t.calendar.YearStart)
}

var calendarKey = regexp.MustCompile(`^(\d{4})(?:-Q([1-4])|-(\d{2})(?:-(\d{2}))?)?$`)

// calendarSpan is span for years that are named after the calendar year in which they begin.
func calendarSpan(text string, c period.Calendar) (from, end time.Time, ok bool) {
	m := calendarKey.FindStringSubmatch(text)
	if m == nil {
		return from, end, false
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(m[i]) // Digits only, or nothing.
		return n
	}
	year, month, day := number(1), c.YearStart, 1
	nextYear, nextMonth, nextDay := year+1, month, 1
	switch {
	case m[4] != "":
		month, day = time.Month(number(3)), number(4)
		nextYear, nextMonth, nextDay = year, month, day+1
	case m[3] != "":
		month = time.Month(number(3))
		nextYear, nextMonth = year, month+1
	case m[2] != "":
		month += time.Month(3 * (number(2) - 1))
		nextYear, nextMonth = year, month+3
	}
	if m[3] != "" {
		if _, err := time.Parse(time.DateOnly, fmt.Sprintf("%s-%s-%02d", m[1], m[3], day)); err != nil {
			return from, end, false // A thirteenth month, or 30 February.
		}
	}
	from, err := localDate(year, month, day, c)
	if err != nil {
		return from, end, false
	}
	end, err = localDate(nextYear, nextMonth, nextDay, c)
	return from, end, err == nil
}

// localDate returns the first instant of a date whose month and day may be beyond the last one.
func localDate(year int, month time.Month, day int, c period.Calendar) (time.Time, error) {
	return period.ParseTime(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), c.Location)
}
