package target

import (
	"math"
	"slices"
)

// Change is how far a bound lies from a past value.
type Change struct {
	Amount   float64
	Relative bool // Amount is a share of the past value's absolute value, otherwise a number in the unit.
}

// From returns the bound that follows from a past value: of a loss of 100, better by 10% is a loss of 90.
func (c Change) From(past float64) float64 {
	if c.Relative {
		return round(past + math.Abs(past)*c.Amount)
	}
	return round(past + c.Amount)
}

// Median returns the middle of the values, of an even number of them the mean of the two in the middle; NaN of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return round(sorted[middle-1]/2 + sorted[middle]/2)
}

// Mean returns the arithmetic mean of the values, NaN of none.
func Mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v / float64(len(values))
	}
	if len(values) == 0 {
		return math.NaN()
	}
	return round(sum)
}
