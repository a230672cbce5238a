package period

import "time"

// weeksInYear is what a year is for days and weeks, so that a Monday is compared with a Monday.
const weeksInYear = 52

// Earlier returns the as-of instants at which the n periods before the one at asOf are measured, the nearest first. For
// ToDate as much of each has elapsed as of the running one at asOf, in whole seconds. Instant and Trailing periods have
// no earlier ones: it returns nil.
func (p Period) Earlier(asOf time.Time, n int, c Calendar) []time.Time {
	var list []time.Time
	switch p.Kind {
	case Last:
		for range n {
			asOf = p.Window(asOf, c).Start
			list = append(list, asOf)
		}
	case ToDate:
		full := p.Full(asOf, c)
		before := full
		for range n {
			before = Period{Kind: Last, Unit: p.Unit, N: 1}.Window(before.Start, c)
			list = append(list, full.sameShare(asOf, before))
		}
	}
	return list
}

// LastYear returns the as-of instant at which the same period of last year is measured: of days and weeks 52 weeks
// before, of longer units a calendar year. For ToDate as much of it has elapsed as of the running one at asOf, in whole
// seconds. It is false for Instant and Trailing.
func (p Period) LastYear(asOf time.Time, c Calendar) (time.Time, bool) {
	switch p.Kind {
	case Last:
		return c.start(yearBefore(p.Unit, c.closed(p.Unit, asOf))), true
	case ToDate:
		running := c.running(p.Unit, asOf)
		before := yearBefore(p.Unit, running)
		return c.window(running, running.add(p.Unit, 1)).sameShare(asOf, c.window(before, before.add(p.Unit, 1))), true
	}
	return time.Time{}, false
}

func yearBefore(u Unit, d date) date {
	if u == Day || u == Week {
		return d.add(Week, -weeksInYear)
	}
	return d.add(Year, -1)
}

// DaysBefore returns the instant that has the local clock time of asOf so many days before. Where the clock was put back
// over that time it is the second of the two, where it was put forward it is later by as much.
func (c Calendar) DaysBefore(asOf time.Time, days int) time.Time {
	asOf = asOf.Round(0).In(c.Location)
	return sameClockAt(wallAt(asOf, c.Location).AddDate(0, 0, -days), c.Location)
}

// MonthsBefore returns the instant that has the local clock time of asOf so many months before, its day cut to the length
// of the month: a month before 31 March is 28 or 29 February. Where the clock was changed it is as DaysBefore has it.
func (c Calendar) MonthsBefore(asOf time.Time, months int) time.Time {
	return monthsBefore(asOf.Round(0).In(c.Location), months)
}
