package status

import "math"

// MinElapsed is the share of a period below which nothing is said about its pace: a day of a month foretells nothing.
const MinElapsed = 0.1

// Prorate returns the bound that is in force when a share of the period has elapsed, of a bound for all of it that is
// approached in a straight line. Below MinElapsed it is NaN: not known.
func Prorate(bound, elapsed float64) float64 {
	if elapsed < MinElapsed {
		return math.NaN()
	}
	return round(bound * elapsed)
}

// Forecast returns the value at the end of the period if it continues in a straight line. It is false below
// MinElapsed, and where the result is not finite.
func Forecast(value, elapsed float64) (float64, bool) {
	if elapsed < MinElapsed {
		return 0, false
	}
	return finite(value / elapsed)
}

// Pace returns the value as a ratio of the bound that it should have come to by now: b holds the prorated bounds. Between
// two bounds it is 1, outside it is measured by the end the value lies beyond. It is false where there is no target that
// is known, and where the result is not finite: by a bound of 0.
func Pace(value float64, b Bounds) (float64, bool) {
	bound, ok := Nearest(value, b)
	if !ok {
		return 0, false
	}
	if miss, missed := b.Target.missed(value); missed {
		bound = *b.Target.end(miss)
	} else if b.Target.Lower != nil && b.Target.Upper != nil {
		return 1, true
	}
	return finite(value / bound)
}

func finite(x float64) (float64, bool) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, false
	}
	return x, true
}
