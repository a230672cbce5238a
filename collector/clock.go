package collector

import (
	"math"
	"time"
)

// moment is an instant by two clocks: the one on the wall, which people set and which keeps running while the machine sleeps, and
// one that nobody can set.
type moment struct {
	wall time.Time     // Without a reading of the other clock.
	ran  time.Duration // By the other clock, since an instant that is the same for all moments of a collector.
}

// newClock returns what tells the present moment.
func newClock() func() moment {
	start := time.Now()
	return func() moment {
		now := time.Now()
		return moment{now.Round(0), now.Sub(start)}
	}
}

// never is later than any moment.
func never() moment { return onWall(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)) }

// onWall is an instant that only the clock on the wall tells, such as midnight; the zero time is never.
func onWall(t time.Time) moment {
	if t.IsZero() {
		return never()
	}
	return moment{t, math.MaxInt64}
}

func (m moment) add(d time.Duration) moment { return moment{m.wall.Add(d), m.ran + d} }

// reached reports whether a deadline has come, by the clock that says so first.
func (m moment) reached(deadline moment) bool {
	return !m.wall.Before(deadline.wall) || m.ran >= deadline.ran
}

// until returns how long it takes until a deadline comes, by the clock that says so first.
func (m moment) until(deadline moment) time.Duration {
	return min(deadline.wall.Sub(m.wall), deadline.ran-m.ran)
}

// earlier returns the deadline that has come once either of two has.
func (m moment) earlier(other moment) moment {
	if other.wall.Before(m.wall) {
		m.wall = other.wall
	}
	m.ran = min(m.ran, other.ran)
	return m
}
