package status

import (
	"math"
	"math/big"
	"slices"
)

// Change is how far a bound lies from a past value.
type Change struct {
	Amount   float64
	Relative bool // Amount is a share of the past value's absolute value, otherwise a number in the unit.
}

// From returns the bound that follows from a past value: of a loss of 100, better by 10% is a loss of 90. Without a change
// it is the past value itself.
func (c Change) From(past float64) float64 { return add(past, c.Amount, c.Relative) }

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
	return Mean(sorted[middle-1 : middle+1])
}

// Mean returns the arithmetic mean of the values, NaN of none. The mean of equal values is that value.
func Mean(values []float64) float64 {
	switch len(values) {
	case 0:
		return math.NaN()
	case 1:
		return values[0]
	}
	return inDecimal(func(x []*big.Rat) *big.Rat {
		sum := new(big.Rat)
		for _, v := range x {
			sum.Add(sum, v)
		}
		return sum.Quo(sum, big.NewRat(int64(len(x)), 1))
	}, values...)
}
