package period

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// FiscalYear says which calendar year names a year that does not begin in January, and its quarters; "" where
// the file does not set it.
type FiscalYear string

// The years by whose name a fiscal year may go.
const (
	NamedByStart FiscalYear = "start"
	NamedByEnd   FiscalYear = "end"
)

// Span returns the first instant of a year, quarter, month or day, and the one after its last.
func (f FiscalYear) Span(text string, c Calendar) (from, end time.Time, ok bool) {
	if f == NamedByEnd && c.YearStart != time.January && NamesYear(text) {
		year, _ := strconv.Atoi(text[:4])
		text = fmt.Sprintf("%04d%s", year-1, text[4:])
	}
	return calendarSpan(text, c)
}

// NamesYear reports whether a time is a year, or one of its quarters: months and days have the name of the calendar year.
func NamesYear(text string) bool {
	_, part, found := strings.Cut(text, "-")
	return named.MatchString(text) && (!found || strings.HasPrefix(part, "Q"))
}

var named = regexp.MustCompile(`^(\d{4})(?:-Q([1-4])|-(\d{2})(?:-(\d{2}))?)?$`)

// calendarSpan is Span for years that are named after the calendar year in which they begin.
func calendarSpan(text string, c Calendar) (from, end time.Time, ok bool) {
	m := named.FindStringSubmatch(text)
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
func localDate(year int, month time.Month, day int, c Calendar) (time.Time, error) {
	return ParseTime(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), c.Location)
}

// NamedPattern is the regular expression of the names that Span takes.
func NamedPattern() string { return named.String() }
