package period

import "time"

// Calendar is how local time is divided. All three fields must be set: the zero WeekStart is Sunday.
type Calendar struct {
	Location  *time.Location
	WeekStart time.Weekday
	YearStart time.Month // First month of the year, and of its first quarter.
}

// Window is the half-open stretch of time [Start, End). Both are in the calendar's Location.
type Window struct {
	Start, End time.Time
}

// Window returns what the period measures at asOf.
//
// A local day starts at the first instant of its date, and a week, month, quarter or year with its first day. As-of
// exactly at such a start closes the unit that ends there (Last), or opens the one that begins there, still empty
// (ToDate), and its last instant, a nanosecond before its end, measures the whole unit (ToDate). A date that the zone left out altogether is counted by {days: N} but has no instant, so it is never measured
// on its own: the day before Samoa's 31 December 2011 was the 29th.
//
// The start of a Trailing period of months has the local clock time of as-of, its day cut to the length of the month:
// one month before 31 March is 28 or 29 February. Where the clock was put back over that time it is the second of the
// two, where it was put forward it is later by as much, as PostgreSQL has it; a period of no length starts at as-of.
func (p Period) Window(asOf time.Time, c Calendar) Window {
	asOf = asOf.Round(0).In(c.Location)
	switch p.Kind {
	case Last:
		end := c.closed(p.Unit, asOf)
		return c.window(end.add(p.Unit, -p.N), end)
	case Trailing:
		return Window{p.before(asOf, 1), asOf}
	case ToDate:
		full := p.Full(asOf, c)
		if asOf.Equal(full.last()) {
			return full
		}
		return Window{full.Start, asOf}
	}
	return Window{asOf, asOf}
}

// Previous returns the window of the same kind just before Window, which ends where that starts. For ToDate it is the
// unit before, up to the corresponding instant of it (see Earlier). For Instant it is Window.
func (p Period) Previous(asOf time.Time, c Calendar) Window {
	switch p.Kind {
	case Last:
		return p.Window(p.Window(asOf, c).Start, c)
	case Trailing:
		asOf = asOf.Round(0).In(c.Location)
		return Window{p.before(asOf, 2), p.before(asOf, 1)}
	case ToDate:
		return p.Window(p.Earlier(asOf, 1, c)[0], c)
	}
	return p.Window(asOf, c)
}

// Full returns the whole of the running unit for ToDate, and Window for the other kinds.
func (p Period) Full(asOf time.Time, c Calendar) Window {
	if p.Kind != ToDate {
		return p.Window(asOf, c)
	}
	running := c.running(p.Unit, asOf)
	return c.window(running, running.add(p.Unit, 1))
}

// Ended reports whether a window of ToDate is all of its unit. The windows of the other kinds never run on: it is true.
func (p Period) Ended(w Window, c Calendar) bool {
	return p.Kind != ToDate || p.Full(w.Start, c).End.Equal(w.End)
}

// Elapsed returns the share of Full that has passed at asOf, from 0 up to but not including 1, for ToDate; and 1 for the
// other kinds.
func (p Period) Elapsed(asOf time.Time, c Calendar) float64 {
	if p.Kind != ToDate {
		return 1
	}
	full := p.Full(asOf, c)
	return float64(asOf.Sub(full.Start)) / float64(full.End.Sub(full.Start))
}

// Judged returns the instant at which bounds are read: the last one of the measured period, for ToDate of Full, which is
// a nanosecond before its end; and as-of for Instant and Trailing.
func (p Period) Judged(asOf time.Time, c Calendar) time.Time {
	switch p.Kind {
	case Last, ToDate:
		return p.Full(asOf, c).last()
	}
	return asOf.Round(0).In(c.Location)
}

// NextClose returns the first instant after the given one at which Window of a Last period is another, and true. The
// windows of the other kinds move with as-of: it returns false.
func (p Period) NextClose(after time.Time, c Calendar) (time.Time, bool) {
	if p.Kind != Last {
		return time.Time{}, false
	}
	return c.start(c.running(p.Unit, after).add(p.Unit, 1)), true
}

// before returns the instant that lies the trailing period, times times, before asOf.
func (p Period) before(asOf time.Time, times int) time.Time {
	if p.Months == 0 {
		return asOf.Add(-time.Duration(times) * p.Length)
	}
	return monthsBefore(asOf, times*p.Months)
}

// monthsBefore returns the instant of the same local clock time so many months before asOf.
func monthsBefore(asOf time.Time, months int) time.Time {
	wall := wallAt(asOf, asOf.Location())
	month := wall.AddDate(0, -months, 1-wall.Day()) // The first of it, at the same time of day.
	lastDay := month.AddDate(0, 1, -1).Day()
	return sameClockAt(month.AddDate(0, 0, min(wall.Day(), lastDay)-1), asOf.Location())
}

// A date is the local date on which a unit begins, as a wall time.
type date struct{ wall time.Time }

// add returns the date n units later. A month, quarter or year must begin on the first of a month.
func (d date) add(u Unit, n int) date {
	switch u {
	case Day:
		return date{d.wall.AddDate(0, 0, n)}
	case Week:
		return date{d.wall.AddDate(0, 0, 7*n)}
	case Month:
		return date{d.wall.AddDate(0, n, 0)}
	case Quarter:
		return date{d.wall.AddDate(0, 3*n, 0)}
	default:
		return date{d.wall.AddDate(n, 0, 0)}
	}
}

// start returns the first instant of the date. If the zone left the date out, it is the first instant after it.
func (c Calendar) start(d date) time.Time { return firstAt(d.wall, c.Location) }

func (c Calendar) window(from, to date) Window { return Window{c.start(from), c.start(to)} }

// running returns the unit that asOf is in: the last one that starts at or before it.
func (c Calendar) running(u Unit, asOf time.Time) date {
	d := c.floor(u, dateAt(asOf, c.Location))
	// Where the clock was put back over midnight, the evening before comes again after the new day has begun.
	for next := d.add(u, 1); !c.start(next).After(asOf); next = d.add(u, 1) {
		d = next
	}
	return d
}

// closed returns the unit at whose start the last complete one before asOf ended. It is running, or where the zone left
// out a date, that date, so that the unit before it is not an empty one.
func (c Calendar) closed(u Unit, asOf time.Time) date {
	d := c.running(u, asOf)
	start := c.start(d)
	for before := d.add(u, -1); c.start(before).Equal(start); before = d.add(u, -1) {
		d = before
	}
	return d
}

// floor returns the beginning of the unit that holds the date.
func (c Calendar) floor(u Unit, wall time.Time) date {
	switch u {
	case Day:
		return date{wall}
	case Week:
		return date{wall.AddDate(0, 0, -((int(wall.Weekday()-c.WeekStart) + 7) % 7))}
	}
	months := 0 // Since the unit began.
	switch u {
	case Quarter:
		months = (int(wall.Month()-c.YearStart) + 12) % 3
	case Year:
		months = (int(wall.Month()-c.YearStart) + 12) % 12
	}
	return date{wall.AddDate(0, -months, 1-wall.Day())}
}

// last returns the last instant of the window, a nanosecond before its end.
func (w Window) last() time.Time { return w.End.Add(-1) }
