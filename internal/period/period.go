// Package period says which stretch of time a KPI measures: from an instant of evaluation (as-of), a period such as
// day, days:30 or to_date:month, and a calendar, it computes the window [start, end) in the calendar's time zone.
//
// It is pure: the same arguments give the same window on every machine, whatever its local time zone. Local days of 23,
// 25 or any other number of hours, midnights that do not exist or come twice, and dates that a zone left out are the
// business of this package alone.
package period

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind is how a period relates to the instant of evaluation.
type Kind int

// The kinds of period.
const (
	Instant  Kind = iota // No stretch of time: a level at as-of.
	Last                 // The last N complete calendar units before as-of.
	Trailing             // A length of time that ends at as-of.
	ToDate               // The calendar unit that is running, up to as-of.
)

// Unit is a unit of the calendar.
type Unit int

// The units of the calendar.
const (
	Day Unit = iota
	Week
	Month
	Quarter
	Year
)

// String returns the unit as it is written in a file: day, week, month, quarter or year.
func (u Unit) String() string {
	switch u {
	case Day:
		return "day"
	case Week:
		return "week"
	case Month:
		return "month"
	case Quarter:
		return "quarter"
	case Year:
		return "year"
	}
	return "unit(" + strconv.Itoa(int(u)) + ")"
}

// Period is what a KPI measures. Periods are comparable with ==; the zero value is the period "instant".
type Period struct {
	Kind   Kind
	Unit   Unit          // For Last and ToDate.
	N      int           // For Last: how many units, at least 1.
	Length time.Duration // For Trailing: whole seconds, unless it is counted in Months.
	Months int           // For Trailing: calendar months.
}

const (
	unitNames = "day, week, month, quarter, year"

	// A period longer than a century is a slip of the keyboard.
	maxDays   = 10_000
	maxMonths = 100 * 12
	maxLength = 36_525 * day
	maxWeeks  = int(maxLength / week)

	day  = 24 * time.Hour
	week = 7 * day
)

// Parse reads a period that is one word: day, week, month, quarter, year or instant.
func Parse(name string) (Period, error) {
	if name == "instant" {
		return Period{}, nil
	}
	unit, ok := parseUnit(name)
	if !ok {
		return Period{}, fmt.Errorf("period %q is not one of %s, instant, "+
			"{days: N}, {weeks: N}, {months: N}, {trailing: 30d}, {to_date: month}", name, unitNames)
	}
	return Period{Kind: Last, Unit: unit, N: 1}, nil
}

// ParseMap reads a period that is a key with a value: days, weeks or months with a whole number, trailing with a length
// such as 30d, 1d12h or 12mo, or to_date with a unit. A day of a length is 24 hours, a week 7 of those.
func ParseMap(key, value string) (Period, error) {
	p, err := parseMap(key, value)
	if err != nil {
		return Period{}, fmt.Errorf("period {%s: %s}: %w", key, value, err)
	}
	return p, nil
}

func parseMap(key, value string) (Period, error) {
	switch key {
	case "days":
		return parseLast(Day, value, maxDays)
	case "weeks":
		return parseLast(Week, value, maxWeeks)
	case "months":
		return parseLast(Month, value, maxMonths)
	case "trailing":
		return parseTrailing(value)
	case "to_date":
		unit, ok := parseUnit(value)
		if !ok {
			return Period{}, fmt.Errorf("%q is not one of %s", value, unitNames)
		}
		return Period{Kind: ToDate, Unit: unit}, nil
	}
	return Period{}, fmt.Errorf("%q is not one of days, weeks, months, trailing, to_date", key)
}

func parseUnit(name string) (Unit, bool) {
	for u := Day; u <= Year; u++ {
		if name == u.String() {
			return u, true
		}
	}
	return 0, false
}

func parseLast(unit Unit, value string, most int) (Period, error) {
	key := unit.String() + "s"
	digits, rest := cutDigits(value)
	if n, ok := parseCount(digits, most); ok {
		if rest == "" {
			return Period{Kind: Last, Unit: unit, N: n}, nil
		}
		if strings.HasPrefix(key, strings.TrimSpace(rest)) { // 30d, 30 days
			return Period{}, fmt.Errorf("write {%s: %d}: the key gives the unit", key, n)
		}
	}
	return Period{}, fmt.Errorf("want a whole number from 1 to %d", most)
}

func parseTrailing(value string) (Period, error) {
	digits, rest := cutDigits(value)
	if digits != "" && rest == "" {
		return Period{}, fmt.Errorf("a length needs a unit: write %sd for days (units: s, m, h, d, w, mo)", digits)
	}
	if rest == "mo" {
		n, ok := parseCount(digits, maxMonths)
		if !ok {
			return Period{}, fmt.Errorf("want a whole number of months from 1mo to %dmo", maxMonths)
		}
		return Period{Kind: Trailing, Months: n}, nil
	}
	length, err := parseLength(value)
	if err != nil {
		return Period{}, err
	}
	return Period{Kind: Trailing, Length: length}, nil
}

// parseCount reads a whole number from 1 to most. Leading zeros are refused: YAML would read them as octal.
func parseCount(digits string, most int) (int, bool) {
	n, err := strconv.Atoi(digits)
	return n, err == nil && 1 <= n && n <= most && digits[0] != '0'
}

// parseLength reads a length such as 30d or 1d12h: whole numbers with units, the longest unit first, each at most once.
func parseLength(s string) (time.Duration, error) {
	units := []struct {
		name   string
		length time.Duration
	}{{"w", week}, {"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

	var total time.Duration
	tooLong := false
	rest := s
	for _, unit := range units {
		digits, after := cutDigits(rest)
		after, found := strings.CutPrefix(after, unit.name)
		if digits == "" || !found {
			continue
		}
		rest = after
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n > int64(maxLength/unit.length) {
			tooLong = true
			continue
		}
		total = min(total+time.Duration(n)*unit.length, maxLength+1) // Cannot overflow: each part is at most maxLength.
	}
	switch {
	case rest != "" || s == "":
		return 0, errors.New("want a length such as 30d, 12h, 1d12h or 12mo (units: s, m, h, d, w, mo)")
	case tooLong || total > maxLength:
		return 0, errors.New("longer than 100 years")
	case total == 0:
		return 0, errors.New("want a length above zero, such as 30d")
	}
	return total, nil
}

// cutDigits splits s after its leading decimal digits.
func cutDigits(s string) (digits, rest string) {
	rest = strings.TrimLeft(s, "0123456789")
	return s[:len(s)-len(rest)], rest
}

// String returns the period on one line: day, days:30, weeks:4, trailing:30d, trailing:12mo, to_date:month, instant.
// A trailing length is written in days, hours, minutes and seconds (4w is 28d). Parse and, split at the colon, ParseMap
// read it back.
func (p Period) String() string {
	switch p.Kind {
	case Instant:
		return "instant"
	case Last:
		if p.N == 1 {
			return p.Unit.String()
		}
		return p.Unit.String() + "s:" + strconv.Itoa(p.N)
	case Trailing:
		if p.Months != 0 {
			return "trailing:" + strconv.Itoa(p.Months) + "mo"
		}
		return "trailing:" + formatLength(p.Length)
	case ToDate:
		return "to_date:" + p.Unit.String()
	}
	return "kind(" + strconv.Itoa(int(p.Kind)) + ")"
}

func formatLength(d time.Duration) string {
	var b strings.Builder
	if n := d / day; n > 0 {
		fmt.Fprintf(&b, "%dd", n)
	}
	if n := d % day / time.Hour; n > 0 {
		fmt.Fprintf(&b, "%dh", n)
	}
	if n := d % time.Hour / time.Minute; n > 0 {
		fmt.Fprintf(&b, "%dm", n)
	}
	if n := d % time.Minute / time.Second; n > 0 || b.Len() == 0 {
		fmt.Fprintf(&b, "%ds", n)
	}
	return b.String()
}

// UsesWindow reports whether the period has a window to measure: true for all but instant.
func (p Period) UsesWindow() bool { return p.Kind != Instant }

// HasPrevious reports whether the period follows others of its kind; instant and trailing can end at any time.
func (p Period) HasPrevious() bool { return p.Kind == Last || p.Kind == ToDate }
