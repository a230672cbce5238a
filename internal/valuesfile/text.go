package valuesfile

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// String returns the rows as their file says them, a line for each: "2026-Q2 known from 2026-07-20: plan=basic value=44". It is the
// same for tables that give the same for periods and days of the same names.
func (t *Table) String() string {
	var b strings.Builder
	for _, r := range t.rows {
		b.WriteString(t.name(r.window.Start))
		if r.dated {
			b.WriteString(" known from " + t.known(r.known))
		}
		b.WriteByte(':')
		for i, v := range r.values {
			b.WriteString(" " + t.names[i] + "=" + cellText(v))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// known writes since when a row is known: a date, or an instant that is not the midnight of one.
func (t *Table) known(at time.Time) string {
	local := at.In(t.periods.calendar.Location)
	if local.Equal(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location())) {
		return local.Format(time.DateOnly)
	}
	return local.Format(time.RFC3339)
}

// name returns how the period that begins at an instant is written.
func (t *Table) name(start time.Time) string {
	day := start.In(t.periods.calendar.Location)
	return t.periods.name(time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)) // Midnight, which not every zone has.
}

// cellText writes a value of a row; text in quotes unless it is a plain word.
func cellText(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		if v == "" || strings.ContainsFunc(v, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r)
		}) {
			return strconv.Quote(v)
		}
		return v
	}
	return ""
}
