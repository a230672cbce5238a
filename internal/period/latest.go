package period

import (
	"slices"
	"time"
)

// Latest returns the instants at which the last n periods are evaluated if the data settles for that long, the oldest first and
// asOf last. An earlier day, week, month, quarter or year is evaluated when it has closed and settled, an earlier one to date
// at the corresponding time. Periods of several units move on by one of them, and what is measured up to asOf moves on by a day.
func (p Period) Latest(asOf time.Time, n int, settle time.Duration, c Calendar) []time.Time {
	list := []time.Time{asOf}
	switch p.Kind {
	case Last, ToDate:
		p.N = 1
		for _, t := range p.Earlier(asOf.Add(-settle), n-1, c) {
			list = append(list, t.Add(settle))
		}
	case Instant, Trailing:
		for days := 1; days < n; days++ {
			list = append(list, c.DaysBefore(asOf, days))
		}
	}
	slices.Reverse(list)
	return list
}
