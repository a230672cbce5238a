package period

import "time"

// History returns the instants as of which the last n closed periods up to asOf are measured, the newest first. They move on by
// one period, so that no two have a day in common:
//
//   - calendar periods by one, and periods of N units by N, as of their ends;
//   - periods to date by one, as of the last instant of those that are closed: each is measured as a whole;
//   - instant and trailing periods from midnight to midnight: of the first of each month, of trailing periods below 28 days of
//     the first day of each week, below 7 days of each day. Those may overlap: see Overlaps.
//
// The grid does not depend on the time of day of asOf, so what was read once is found again.
func (p Period) History(asOf time.Time, n int, c Calendar) []time.Time {
	if n < 1 {
		return nil
	}
	list := make([]time.Time, 0, n)
	switch p.Kind {
	case Last:
		newest := p.Window(asOf, c).End
		return append(append(list, newest), p.Earlier(newest, n-1, c)...)
	case ToDate:
		end := c.running(p.Unit, asOf)
		if full := p.Full(asOf, c); asOf.Equal(full.last()) { // It measures all of its unit.
			end = end.add(p.Unit, 1)
		}
		for range n {
			start := c.start(end)
			list = append(list, start.Add(-1))
			end = c.closed(p.Unit, start).add(p.Unit, -1)
		}
		return list
	}
	return c.starts(p.HistoryUnit(), asOf, n)
}

// Midnights returns the n newest local midnights at or before asOf, the newest first.
func (c Calendar) Midnights(asOf time.Time, n int) []time.Time { return c.starts(Day, asOf, n) }

// starts returns the n newest starts of a unit at or before asOf, the newest first.
func (c Calendar) starts(u Unit, asOf time.Time, n int) []time.Time {
	list := make([]time.Time, 0, n)
	for d := c.closed(u, asOf); len(list) < n; d = c.closed(u, c.start(d.add(u, -1))) {
		list = append(list, c.start(d))
	}
	return list
}

// HistoryUnit returns the unit by which History moves on. For a period of several units, it is one of them.
func (p Period) HistoryUnit() Unit {
	switch {
	case p.Kind == Last, p.Kind == ToDate:
		return p.Unit
	case p.Kind == Trailing && p.Months == 0 && p.Length < 7*day:
		return Day
	case p.Kind == Trailing && p.Months == 0 && p.Length < 28*day:
		return Week
	}
	return Month
}

// Overlaps reports whether what History measures may have hours in common: only trailing periods do that are longer than the
// distance between two of them.
func (p Period) Overlaps() bool {
	if p.Kind != Trailing {
		return false
	}
	if p.Months > 0 {
		return p.Months > 1
	}
	switch p.HistoryUnit() {
	case Day:
		return p.Length > day
	case Week:
		return p.Length > week
	}
	return p.Length > 28*day
}

// MostHistory returns how many closed periods are worth reading: what internal/analysis needs to see a season.
func (p Period) MostHistory() int {
	if p.Kind == Last && p.N > 1 {
		return 25
	}
	switch p.HistoryUnit() {
	case Day:
		return 119
	case Week:
		return 95
	case Month:
		return 61
	}
	return 25
}

// Anchor returns the instant at or before asOf that stands for it where the same must be found again later: the end of what a complete
// period measures; of a period to date the last local hour, unless asOf measures all of it; of instant and trailing periods the last
// local midnight.
func (p Period) Anchor(asOf time.Time, c Calendar) time.Time {
	switch p.Kind {
	case Last:
		return p.Window(asOf, c).End
	case ToDate:
		if asOf.Equal(p.Full(asOf, c).last()) {
			return asOf
		}
		local := asOf.In(c.Location)
		return asOf.Add(-time.Duration(local.Minute())*time.Minute - time.Duration(local.Second())*time.Second - time.Duration(local.Nanosecond()))
	}
	return c.start(c.closed(Day, asOf))
}
