package period

import "time"

// weeksInYear is what a year is for days and weeks, so that a Monday is compared with a Monday.
const weeksInYear = 52

// Earlier returns the as-of instants at which the n periods before the one at asOf are measured, the nearest first. Instant
// and Trailing periods have no earlier ones: it returns nil.
//
// For ToDate they have the local time of day of asOf, in whole seconds, on the day of the unit that corresponds to its day:
// the fifth day of a week, the 16th of a month, the 16th of the second month of a quarter, 16 May of a year. So at the first
// instant of a day as many whole days are measured of each. For a day that an earlier month is too short for it is the end of
// that month; where that ends the unit, its last instant. A time of day that is left out is the next instant, one that comes
// twice the first of the two.
func (p Period) Earlier(asOf time.Time, n int, c Calendar) []time.Time {
	var list []time.Time
	switch p.Kind {
	case Last:
		for range n {
			asOf = p.Window(asOf, c).Start
			list = append(list, asOf)
		}
	case ToDate:
		running := c.running(p.Unit, asOf)
		before := running
		for range n {
			before = c.closed(p.Unit, c.start(before)).add(p.Unit, -1)
			list = append(list, c.corresponding(p.Unit, asOf, running, before))
		}
	}
	return list
}

// LastYear returns the as-of instant at which the same period of last year is measured: of days and weeks 52 weeks
// before, of longer units a calendar year. For ToDate it corresponds to asOf as those of Earlier do. It is false for Instant
// and Trailing.
func (p Period) LastYear(asOf time.Time, c Calendar) (time.Time, bool) {
	switch p.Kind {
	case Last:
		return c.start(yearBefore(p.Unit, c.closed(p.Unit, asOf))), true
	case ToDate:
		running := c.running(p.Unit, asOf)
		return c.corresponding(p.Unit, asOf, running, yearBefore(p.Unit, running)), true
	}
	return time.Time{}, false
}

// corresponding returns the instant of an earlier unit that corresponds to asOf in the running one (see Earlier).
func (c Calendar) corresponding(u Unit, asOf time.Time, running, earlier date) time.Time {
	today := dateAt(asOf, c.Location)
	day := date{earlier.wall.Add(today.Sub(running.wall))}
	if u > Week {
		months := 12*(today.Year()-running.wall.Year()) + int(today.Month()-running.wall.Month())
		month := earlier.add(Month, months)
		day = date{month.add(Day, today.Day()-1).wall}
		if end := month.add(Month, 1); !day.wall.Before(end.wall) {
			return c.within(u, earlier, c.start(end))
		}
	}
	if asOf.Equal(c.start(date{today})) { // Whole days, also where midnight is left out.
		return c.within(u, earlier, c.start(day))
	}
	clock := wallAt(asOf, c.Location).Sub(today).Round(time.Microsecond).Truncate(time.Second)
	return c.within(u, earlier, firstAt(day.wall.Add(clock), c.Location))
}

// within returns the instant of a unit that is nearest to t.
func (c Calendar) within(u Unit, d date, t time.Time) time.Time {
	w := c.window(d, d.add(u, 1))
	switch {
	case t.Before(w.Start):
		return w.Start
	case t.After(w.last()):
		return w.last()
	}
	return t
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
