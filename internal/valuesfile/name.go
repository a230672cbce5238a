package valuesfile

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// names reads and writes the names of periods of one kind.
type names struct {
	unit     period.Unit
	calendar period.Calendar
	fiscal   period.FiscalYear
}

var (
	forms = map[period.Unit]*regexp.Regexp{
		period.Day:     regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`),
		period.Month:   regexp.MustCompile(`^\d{4}-\d{2}$`),
		period.Quarter: regexp.MustCompile(`^\d{4}-Q\d$`),
		period.Year:    regexp.MustCompile(`^\d{4}$`),
	}
	isoWeek = regexp.MustCompile(`^(\d{4})-W(\d{2})$`)
)

// parse returns the period that a name stands for. What is wrong comes back with a hint; the problem is "" if nothing is.
func (n names) parse(text string) (w period.Window, problem, hint string) {
	w, ok := n.window(text)
	if ok {
		return w, "", ""
	}
	problem, hint = document.Quote(text)+" is not a "+n.unit.String(), "write a "+n.unit.String()+" such as "+n.example()
	if text == "" {
		return w, "the row has no period", hint
	}
	if n.unit == period.Week && n.calendar.WeekStart != time.Monday {
		hint = "write the first day of the week, a " + n.calendar.WeekStart.String() + ", such as " + n.example()
	}
	if meant := n.meant(text); meant != "" {
		if _, ok := n.window(meant); !ok {
			return w, document.Quote(text) + " is out of range", "write a year from 0002 to 9998"
		}
		hint = "write " + meant
	}
	return w, problem, hint
}

// window returns the period that a name stands for.
func (n names) window(text string) (w period.Window, ok bool) {
	switch {
	case n.unit == period.Week:
		return n.week(text)
	case forms[n.unit].MatchString(text):
		w.Start, w.End, ok = n.fiscal.Span(text, n.calendar)
	}
	return w, ok
}

// week reads a week: by its number, or where it does not begin on Monday by its first day.
func (n names) week(text string) (w period.Window, ok bool) {
	var first time.Time
	if n.calendar.WeekStart == time.Monday {
		m := isoWeek.FindStringSubmatch(text)
		if m == nil {
			return w, false
		}
		year, _ := strconv.Atoi(m[1])
		week, _ := strconv.Atoi(m[2])
		if first, ok = mondayOf(year, week); !ok {
			return w, false
		}
	} else {
		var err error
		if first, err = time.Parse(time.DateOnly, text); err != nil || first.Weekday() != n.calendar.WeekStart {
			return w, false
		}
	}
	return n.from(first, first.AddDate(0, 0, 7))
}

// mondayOf returns the first day of an ISO week, which is false for a week that its year does not have.
func mondayOf(year, week int) (time.Time, bool) {
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC) // Always in the first week.
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7+7*(week-1))
	y, w := monday.ISOWeek()
	return monday, y == year && w == week
}

// from returns the period from one date up to another.
func (n names) from(first, next time.Time) (w period.Window, ok bool) {
	var err error
	if w.Start, err = period.ParseTime(first.Format(time.DateOnly), n.calendar.Location); err != nil {
		return w, false
	}
	w.End, err = period.ParseTime(next.Format(time.DateOnly), n.calendar.Location)
	return w, err == nil
}

// name returns how the period that holds a date is written.
func (n names) name(date time.Time) string {
	switch n.unit {
	case period.Day:
		return date.Format(time.DateOnly)
	case period.Week:
		if n.calendar.WeekStart != time.Monday {
			return date.AddDate(0, 0, -(int(date.Weekday()-n.calendar.WeekStart)+7)%7).Format(time.DateOnly)
		}
		year, week := date.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	case period.Month:
		return date.Format("2006-01")
	}
	months := (int(date.Month()-n.calendar.YearStart) + 12) % 12 // Since the year began.
	year := date.AddDate(0, -months, 1-date.Day()).Year()
	if n.fiscal == period.NamedByEnd && n.calendar.YearStart != time.January {
		year++
	}
	if n.unit == period.Year {
		return fmt.Sprintf("%04d", year)
	}
	return fmt.Sprintf("%04d-Q%d", year, 1+months/3)
}

func (n names) example() string { return n.name(time.Date(2026, time.March, 31, 0, 0, 0, 0, time.UTC)) }

// The ways in which people write dates and periods elsewhere. Where day and month could be either there is none.
var otherForms = []struct {
	form             *regexp.Regexp
	year, part, day  int  // The numbers of the groups, 0 for none.
	quarter, isoWeek bool // What the part is; else a month.
}{
	{form: regexp.MustCompile(`^(\d{4})[-/. ]?[qQ]([1-4])$`), year: 1, part: 2, quarter: true},
	{form: regexp.MustCompile(`^[qQ]([1-4])[-/. ]?(\d{4})$`), year: 2, part: 1, quarter: true},
	{form: regexp.MustCompile(`^(\d{4})[-/. ]?[wW](\d{1,2})$`), year: 1, part: 2, isoWeek: true},
	{form: regexp.MustCompile(`^[wW](\d{1,2})[-/. ]?(\d{4})$`), year: 2, part: 1, isoWeek: true},
	{form: regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})$`), year: 1, part: 2},
	{form: regexp.MustCompile(`^(\d{1,2})[-/.](\d{4})$`), year: 2, part: 1},
	{form: regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$`), year: 1, part: 2, day: 3},
	{form: regexp.MustCompile(`^(\d{1,2})\.(\d{1,2})\.(\d{4})$`), year: 3, part: 2, day: 1},
}

// meant returns how to write a period that is written in another form, "" if it is not clear which one is meant. A longer period
// is none of the shorter ones in it.
func (n names) meant(text string) string {
	for _, other := range otherForms {
		m := other.form.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		number := func(i int) int {
			v, _ := strconv.Atoi(m[i]) // Few digits, or nothing.
			return v
		}
		year, part := number(other.year), number(other.part)
		switch {
		case other.quarter && n.unit == period.Quarter:
			return fmt.Sprintf("%04d-Q%d", year, part)
		case other.quarter:
			return ""
		case other.isoWeek:
			monday, ok := mondayOf(year, part)
			if !ok || n.unit != period.Week {
				return ""
			}
			return n.name(monday)
		}
		day := 1
		if other.day > 0 {
			day = number(other.day)
		}
		date, err := time.Parse(time.DateOnly, fmt.Sprintf("%04d-%02d-%02d", year, part, day))
		if shorter := n.unit == period.Day || n.unit == period.Week; err != nil || shorter && other.day == 0 {
			return ""
		}
		return n.name(date)
	}
	for _, form := range [...]string{"Jan 2006", "January 2006", "2006 Jan", "2006-Jan", "Jan-06"} {
		if date, err := time.Parse(form, text); err == nil && n.unit == period.Month {
			return n.name(date)
		}
	}
	if n.unit == period.Year && strings.HasPrefix(strings.ToUpper(text), "FY") && forms[period.Year].MatchString(strings.TrimSpace(text[2:])) {
		return strings.TrimSpace(text[2:])
	}
	return ""
}
