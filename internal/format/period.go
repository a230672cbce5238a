package format

import (
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// Period describes what a KPI measures, to follow its title: "of the last complete month", "at the moment".
func Period(p period.Period) string {
	switch {
	case p.Kind == period.Instant:
		return "at the moment"
	case p.Kind == period.ToDate:
		return "of the running " + p.Unit.String() + " so far"
	case p.Kind == period.Trailing:
		return "of the trailing " + trailing(p)
	case p.N == 1:
		return "of the last complete " + p.Unit.String()
	}
	return "of the last " + strconv.Itoa(p.N) + " complete " + p.Unit.String() + "s"
}

func trailing(p period.Period) string {
	if p.Months > 0 {
		return Several(p.Months, "month")
	}
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if p.Length%unit.size == 0 {
			return Several(int(p.Length/unit.size), unit.name)
		}
	}
	return Several(int(p.Length/time.Second), "second")
}

// PreviousPeriod names the period before the one that a KPI measures: "the previous month", "the previous 30 days".
func PreviousPeriod(p period.Period) string {
	if p.Kind == period.Last && p.N > 1 {
		return "the previous " + Several(p.N, p.Unit.String())
	}
	return "the previous " + p.Unit.String()
}

// Measured names what a value measures for as long as that is what it measures: the period itself as Window does, or what moves with
// time as "the trailing 30 days" or "the running month so far". It is "" for an instant.
func Measured(p period.Period, w period.Window) string {
	switch p.Kind {
	case period.Instant:
		return ""
	case period.Trailing, period.ToDate:
		return strings.TrimPrefix(Period(p), "of ")
	}
	return Window(p, w)
}

// Minute is the layout of an instant to the minute, in the zone that it is in.
const Minute = time.DateOnly + " 15:04"

// Window names what was measured: 2026-03-29, 2026-03, 2026-03-23 to 2026-03-29 with both days in it, or where it does not
// consist of whole days, the times at which it begins and ends. They are in the zone of the window.
func Window(p period.Period, w period.Window) string {
	switch p.Kind {
	case period.Instant:
		return w.End.Format(Minute)
	case period.Trailing, period.ToDate:
		return w.Start.Format(Minute) + " to " + w.End.Format(Minute)
	}
	if p.Unit == period.Month && p.N == 1 {
		return w.Start.Format("2006-01")
	}
	first, last := w.Start.Format(time.DateOnly), w.End.Add(-1).Format(time.DateOnly)
	if first == last {
		return first
	}
	return first + " to " + last
}
