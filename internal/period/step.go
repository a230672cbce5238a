package period

import (
	"errors"
	"fmt"
	"time"
)

// Step is a distance between instants: local days, calendar months, or a length of time. Exactly one of the three is
// set. Steps are comparable with ==.
type Step struct {
	Days   int
	Months int
	Length time.Duration
}

// ParseStep reads a step: a whole number with one of the units s, m, h (a length of time), d, w, mo, y (counted in the
// local calendar), such as 4m, 1d or 3mo.
func ParseStep(s string) (Step, error) {
	digits, unit := cutDigits(s)
	n, ok := parseCount(digits, maxDays*24*60) // What is longer than a century shows below.
	if !ok {
		return Step{}, errStep(s)
	}
	var step Step
	switch unit {
	case "s":
		step.Length = time.Duration(n) * time.Second
	case "m":
		step.Length = time.Duration(n) * time.Minute
	case "h":
		step.Length = time.Duration(n) * time.Hour
	case "d":
		step.Days = n
	case "w":
		step.Days = 7 * n
	case "mo":
		step.Months = n
	case "y":
		step.Months = 12 * n
	default:
		return Step{}, errStep(s)
	}
	if step.Days > 7*maxWeeks || step.Months > maxMonths || step.Length > maxLength {
		return Step{}, fmt.Errorf("step %q: %w", s, errors.New("longer than 100 years"))
	}
	return step, nil
}

func errStep(s string) error {
	return fmt.Errorf("step %q is not a whole number with a unit, such as 1d, 4m, 1h, 1w, 1mo, 1y", s)
}

// After returns the instant n steps after from; n must not be negative. Days and months keep the local clock time of
// from, and its day of the month as far as a month has it: a clock time that is left out is the next instant, one that
// comes twice is the first of the two. So two steps may fall on one instant where the zone left out a date.
func (s Step) After(from time.Time, n int, loc *time.Location) time.Time {
	if n == 0 || s.Length != 0 {
		return from.Add(time.Duration(n) * s.Length).Round(0).In(loc)
	}
	wall := wallAt(from, loc)
	if s.Months != 0 {
		month := wall.AddDate(0, n*s.Months, 1-wall.Day()) // The first of it, at the same time of day.
		lastDay := month.AddDate(0, 1, -1).Day()
		return firstAt(month.AddDate(0, 0, min(wall.Day(), lastDay)-1), loc)
	}
	return firstAt(wall.AddDate(0, 0, n*s.Days), loc)
}
