package format

import (
	"strconv"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// Day is the layout of a day as people say it.
const Day = "2 Jan 2006"

// Spoken names what was measured as people say it: "March 2026", "Q1 2026", "2025", "30 days to 28 Nov 2026", "week to 29 Nov 2026",
// "November 2026 so far". Last days are in the period. An instant is "29 Nov 2026, 20:00".
func Spoken(p period.Period, w period.Window) string {
	last := w.End.Add(-1)
	switch p.Kind {
	case period.Instant:
		return w.End.Format(Day + ", 15:04")
	case period.Trailing:
		return trailing(p) + " to " + lastDay(w).Format(Day)
	case period.ToDate:
		if end := w.End.Add(time.Nanosecond).Truncate(time.Microsecond); isNext(p.Unit, w.Start, end) { // As of its last instant.
			return Spoken(period.Period{Kind: period.Last, Unit: p.Unit, N: 1}, period.Window{Start: w.Start, End: end})
		}
		if p.Unit == period.Day || p.Unit == period.Week {
			return p.Unit.String() + " from " + w.Start.Format(Day) + " so far"
		}
		return unit(p.Unit, w.Start) + " so far"
	}
	switch {
	case p.N > 1:
		return Count(p.N, p.Unit.String()) + " to " + last.Format(Day)
	case p.Unit == period.Day:
		return last.Format(Day)
	case p.Unit == period.Week:
		return "week to " + last.Format(Day)
	}
	return unit(p.Unit, w.Start)
}

// isNext reports whether a unit that begins at start ends at end.
func isNext(u period.Unit, start, end time.Time) bool {
	switch u {
	case period.Day:
		start = start.AddDate(0, 0, 1)
	case period.Week:
		start = start.AddDate(0, 0, 7)
	case period.Month:
		start = start.AddDate(0, 1, 0)
	case period.Quarter:
		start = start.AddDate(0, 3, 0)
	default:
		start = start.AddDate(1, 0, 0)
	}
	return start.Equal(end)
}

// lastDay returns a day within which a trailing window ends: at midnight, the one before.
func lastDay(w period.Window) time.Time {
	if end := w.End; end.Hour() == 0 && end.Minute() == 0 && end.Second() == 0 {
		return end.Add(-1)
	}
	return w.End
}

// unit names a month, quarter or year. Quarters and years that do not begin with the calendar's are named by their months.
func unit(u period.Unit, first time.Time) string {
	switch {
	case u == period.Month:
		return first.Format("January 2006")
	case u == period.Quarter && (first.Month()-1)%3 == 0:
		return "Q" + strconv.Itoa(int(first.Month()-1)/3+1) + first.Format(" 2006")
	case u == period.Year && first.Month() == time.January:
		return first.Format("2006")
	case u == period.Quarter:
		return "quarter from " + first.Format("Jan 2006")
	}
	return "year from " + first.Format("Jan 2006")
}

// SpokenShort names what was measured where there is little room: "Mar 2026", "Q1 2026", else the last day, "29 Mar 2026".
func SpokenShort(p period.Period, w period.Window) string {
	switch {
	case p.Kind == period.Instant:
		return w.End.Format(Day)
	case p.Kind == period.Trailing:
		return lastDay(w).Format(Day)
	case p.Unit == period.Month && p.N <= 1:
		return w.Start.Format("Jan 2006")
	case p.Unit >= period.Quarter && p.N <= 1:
		return unit(p.Unit, w.Start)
	}
	return w.End.Add(-1).Format(Day)
}
