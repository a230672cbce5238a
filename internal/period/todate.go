package period

import (
	"math"
	"time"
)

// EarlierUnit is a whole unit before the running one, and the instant of it at which the same share of it had passed.
type EarlierUnit struct {
	Window
	At time.Time
}

// EarlierUnits returns the n units before the one that a period to date measures at asOf, the nearest first, with the
// instants, in whole seconds, at which the same share of them had passed. What counts of asOf is its local hour, so that they
// change once an hour.
func (p Period) EarlierUnits(asOf time.Time, n int, c Calendar) []EarlierUnit {
	local := asOf.Round(0).In(c.Location)
	passed := time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	full := p.Full(asOf, c)
	hour := local.Add(-passed)
	if hour.Before(full.Start) {
		hour = full.Start
	}
	share := p.Elapsed(hour, c)
	list := make([]EarlierUnit, n)
	for i := range list {
		full = p.Full(full.Start.Add(-1), c)
		list[i] = EarlierUnit{full, full.Start.Add(time.Duration(share * float64(full.End.Sub(full.Start)))).Truncate(time.Second)}
	}
	return list
}

// Days returns how many local days a window has, its first weekday, and how many of the days have passed at an instant of it: the
// one that runs counts by its share.
func (c Calendar) Days(w Window, at time.Time) (days int, first time.Weekday, passed float64) {
	first = dateAt(w.Start, c.Location).Weekday()
	for d := c.running(Day, w.Start); c.start(d).Before(w.End); d = d.add(Day, 1) {
		start, end := c.start(d), c.start(d.add(Day, 1))
		days++
		if end.After(start) { // The zone may have left it out.
			passed += math.Min(1, math.Max(0, float64(at.Sub(start))/float64(end.Sub(start))))
		} else if !at.Before(end) {
			passed++
		}
	}
	return days, first, passed
}
