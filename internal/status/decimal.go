package status

import (
	"math"
	"math/big"
	"strconv"
)

// People compute bounds in decimal: 70% and a tenth of it are 77%, where binary arithmetic makes 0.7699999999999999, and
// -99.9% of 100 leaves 0.1, where it makes 0.0999999999999943. So bounds are computed from the shortest decimals of their
// numbers, without rounding in between.

// Whole reports whether a number is a whole one of a size at which no whole number is missing among the float64.
func Whole(x float64) bool { return x == math.Trunc(x) && math.Abs(x) < 1<<53 }

// Exact returns the shortest decimal for a float64 as an exact number; nil where x is not finite.
func Exact(x float64) *big.Rat {
	if Whole(x) {
		return new(big.Rat).SetInt64(int64(x))
	}
	exact, ok := new(big.Rat).SetString(strconv.FormatFloat(x, 'g', -1, 64))
	if !ok {
		return nil
	}
	return exact
}

// inDecimal returns the float64 nearest to the exact result of a formula over numbers; NaN where one of them is not finite.
func inDecimal(formula func(x []*big.Rat) *big.Rat, numbers ...float64) float64 {
	exact := make([]*big.Rat, len(numbers))
	for i, x := range numbers {
		if exact[i] = Exact(x); exact[i] == nil {
			return math.NaN()
		}
	}
	result, _ := formula(exact).Float64()
	return result
}

// add returns a number with another one, or with a share of its absolute value, added to it.
func add(x, amount float64, relative bool) float64 {
	if amount == 0 {
		return x
	}
	return inDecimal(func(n []*big.Rat) *big.Rat {
		change := n[1]
		if relative {
			change = change.Mul(change, new(big.Rat).Abs(n[0]))
		}
		return change.Add(change, n[0])
	}, x, amount)
}

// Sum returns the sum of two numbers as they are in decimal: of 0.1 and 0.2 it is 0.3.
func Sum(x, y float64) float64 {
	sum := x + y
	if isExact(x, y, sum) {
		return sum
	}
	for _, scale := range [...]float64{1e2, 1e4, 1e6} { // Fast, for amounts of money and the like.
		a, b := math.Round(x*scale), math.Round(y*scale)
		if a/scale == x && b/scale == y && math.Abs(a) < most && math.Abs(b) < most {
			return (a + b) / scale
		}
	}
	return inDecimal(func(n []*big.Rat) *big.Rat { return n[0].Add(n[0], n[1]) }, x, y)
}

// most is the least number of 16 digits: with fewer, a decimal is what its nearest float64 stands for.
const most = 1e15

// isExact reports whether result is what decimals would give too: of whole numbers, or where it is not finite.
func isExact(x, y, result float64) bool {
	return Whole(x) && Whole(y) && Whole(result) || math.IsInf(result, 0) || math.IsNaN(result)
}

// Interpolate returns the number on the straight line from one number to another, after part of the whole way.
func Interpolate(from, to float64, part, whole int64) float64 {
	return inDecimal(func(n []*big.Rat) *big.Rat {
		distance := n[1].Sub(n[1], n[0])
		return n[0].Add(n[0], distance.Mul(distance, big.NewRat(part, whole)))
	}, from, to)
}

// round keeps 15 significant decimal digits, all that a float64 holds of any decimal number.
func round(x float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 15, 64), 64)
	if err != nil { // The largest numbers round up to more than there is.
		return x
	}
	return rounded
}

// Equal reports whether two numbers are the same when both are rounded to 15 significant decimal digits. Either may be off
// by the last bits, which tell one fraction from the same one computed in another way and may part the two where digits are
// rounded. Different decimals of up to 15 digits are never equal.
func Equal(a, b float64) bool {
	const (
		lastBits = 3e-16 // The error of two or three operations; decimals of 15 digits are at least 1e-15 apart.
		near     = 2e-14 // The same 15 digits lie at most 1e-14 apart.
	)
	less, more := min(math.Abs(a), math.Abs(b)), max(math.Abs(a), math.Abs(b))
	switch {
	case a == b:
		return true
	case math.Signbit(a) != math.Signbit(b), math.IsInf(more, 0), more-less > near*more:
		return false
	}
	return round(less+lastBits*less) >= round(more-lastBits*more)
}
