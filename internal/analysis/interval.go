package analysis

import "math"

// z95 is the 97.5 % quantile of the normal distribution: 95 % of it lie within ± z95.
const z95 = 1.959964

// Interval is a range from Low to High.
type Interval struct{ Low, High float64 }

// Contains reports whether x lies within the interval, its ends included.
func (i Interval) Contains(x float64) bool { return i.Low <= x && x <= i.High }

// Wilson returns the range of the underlying rate, with 95 % confidence, where numerator of denominator cases were counted
// (Wilson 1927). It is false unless both are whole numbers and 0 ≤ numerator ≤ denominator, denominator > 0.
func Wilson(numerator, denominator float64) (Interval, bool) {
	if !isCount(numerator) || !isCount(denominator) || denominator == 0 || numerator > denominator {
		return Interval{}, false
	}
	const zz = z95 * z95
	n, p := denominator, numerator/denominator
	centre := (p + zz/(2*n)) / (1 + zz/n)
	half := z95 / (1 + zz/n) * math.Sqrt(p*(1-p)/n+zz/(4*n*n))
	i := Interval{max(0, centre-half), min(1, centre+half)}
	if numerator == 0 { // Exactly, whatever the last bits are.
		i.Low = 0
	}
	if numerator == denominator {
		i.High = 1
	}
	return i, true
}

// Newcombe returns after less before, of two independent rates, and its 95 % range (Newcombe 1998, method 10). A range that
// contains 0 could be chance. It is false where Wilson is, for either of the two.
func Newcombe(before, after Quotient) (float64, Interval, bool) {
	was, ok := Wilson(before.Numerator, before.Denominator)
	is, okAfter := Wilson(after.Numerator, after.Denominator)
	if !ok || !okAfter {
		return 0, Interval{}, false
	}
	p, q := after.ratio(), before.ratio()
	return p - q, Interval{
		Low:  p - q - math.Hypot(p-is.Low, was.High-q),
		High: p - q + math.Hypot(is.High-p, q-was.Low),
	}, true
}

// CasesAbove returns how many cases of the numerator too many there are for a rate of at most target; 0 if it is met.
func CasesAbove(q Quotient, target float64) float64 {
	return max(0, q.Numerator-math.Floor(whole(target*q.Denominator)))
}

// CasesBelow returns how many cases of the numerator are missing to a rate of at least target; 0 if it is met.
func CasesBelow(q Quotient, target float64) float64 {
	return max(0, math.Ceil(whole(target*q.Denominator))-q.Numerator)
}

// whole takes the noise of binary fractions off a product that is a whole number in decimal: 0.07 · 100 is 7.
func whole(x float64) float64 {
	if nearest := math.Round(x); math.Abs(x-nearest) < 1e-9*math.Max(1, math.Abs(x)) {
		return nearest
	}
	return x
}

// isCount reports whether x is a whole number of cases.
func isCount(x float64) bool { return x >= 0 && x == math.Trunc(x) && !math.IsInf(x, 0) }
