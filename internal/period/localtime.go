package period

import "time"

// A wall time is what a clock on the wall shows: a date and a time of day without a zone. It is held as a time.Time in
// UTC with those fields, so that calendar arithmetic on it never meets a change of the clock.

// No zone is or was further than this from UTC (the furthest, Manila before 1845, was 15:56 behind).
const maxOffset = 24 * time.Hour

// wallAt returns what the local clock shows at t.
func wallAt(t time.Time, loc *time.Location) time.Time {
	_, offset := t.In(loc).Zone()
	return t.UTC().Add(seconds(offset))
}

// firstAt returns the first instant at which the local clock shows wall or later: the first of two where the clock was
// put back, the end of the gap where it was put forward over wall. It never decreases as wall grows.
//
// time.Date promises neither: it picks one of the two offsets, and does not say which.
func firstAt(wall time.Time, loc *time.Location) time.Time {
	for t := wall.Add(-maxOffset).In(loc); ; {
		start, _ := t.ZoneBounds()
		end := zoneEnd(t)
		_, offset := t.Zone()
		first := wall.Add(-seconds(offset)).In(loc)
		if !start.IsZero() && first.Before(start) {
			first = start
		}
		if end.IsZero() || first.Before(end) {
			return first
		}
		t = end
	}
}

// sameClockAt returns the instant at which the local clock shows wall, as PostgreSQL does it: the second one where the
// clock was put back, and where it was put forward over wall, later by as much as it was put forward.
func sameClockAt(wall time.Time, loc *time.Location) time.Time {
	first := firstAt(wall, loc)
	if !wallAt(first, loc).Equal(wall) { // Left out: read it with the offset that was in force until then.
		_, offset := first.Add(-1).Zone()
		return wall.Add(-seconds(offset)).In(loc)
	}
	last := first
	for end := zoneEnd(first); !end.IsZero() && end.Sub(first) < 2*maxOffset; end = zoneEnd(end) {
		_, offset := end.Zone()
		if again := wall.Add(-seconds(offset)).In(loc); wallAt(again, loc).Equal(wall) {
			last = again
		}
	}
	return last
}

// zoneEnd returns an instant after t up to which the offset at t stays, zero if it stays for ever. The offset need not
// change there: a year that is computed from a rule ends with December.
func zoneEnd(t time.Time) time.Time {
	_, end := t.ZoneBounds()
	if !end.IsZero() && !end.After(t) {
		// ZoneBounds takes such a year for 365 days, so on 31 December of a leap year it names a time that has passed.
		end = time.Date(t.UTC().Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC).In(t.Location())
	}
	return end
}

// dateAt returns the local date at t, as the wall time of its midnight.
func dateAt(t time.Time, loc *time.Location) time.Time {
	year, month, dom := t.In(loc).Date()
	return time.Date(year, month, dom, 0, 0, 0, 0, time.UTC)
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
