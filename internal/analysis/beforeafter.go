package analysis

import (
	"math"

	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// MinComparable is how many earlier stretches a change must be compared with before anything is said about chance: of 19 and
// itself, being the largest is 1 in 20.
const MinComparable = 19

// Effect compares the periods after a decision with those before it.
type Effect struct {
	Before, After float64  // Means.
	Delta         float64  // After less before.
	Comparable    int      // Earlier stretches of the same length that it was compared with.
	P             *float64 // Share of the stretches, this one included, that changed as much; nil below MinComparable.
}

// BeforeAfter compares the mean of the k values after a decision with that of the 2k before, and that difference with the
// same one of every earlier run of 3k periods (a randomisation test over dates). Both slices have one element per period,
// oldest first, nil without a value; the period that holds the decision is in neither. Values before the first that is
// neither missing nor 0 do not count. It is false if after is empty or a value that the two means need is missing.
//
// It says nothing about the cause: whatever else changed at that time is in the difference too.
func BeforeAfter(before, after []*float64) (Effect, bool) {
	before = before[begin(before):]
	k := len(after)
	n := 2 * k
	if k == 0 || len(before) < n {
		return Effect{}, false
	}
	was, ok := mean(before[len(before)-n:])
	is, okAfter := mean(after)
	if !ok || !okAfter {
		return Effect{}, false
	}
	e := Effect{Before: was, After: is, Delta: status.Sum(is, -was)}
	var differences []float64
	for i := 0; i+n+k <= len(before); i++ {
		was, ok := mean(before[i : i+n])
		is, okAfter := mean(before[i+n : i+n+k])
		if ok && okAfter {
			differences = append(differences, status.Sum(is, -was))
		}
	}
	e.Comparable = len(differences)
	if e.Comparable >= MinComparable {
		e.P = new(chance(differences, e.Delta))
	}
	return e, true
}

// chance returns the share of all differences, the one in question included, that lie as far from their median as it does.
func chance(differences []float64, delta float64) float64 {
	median := status.Median(differences)
	asFar := 1
	for _, d := range differences {
		if farther, far := math.Abs(d-median), math.Abs(delta-median); farther >= far || status.Equal(farther, far) {
			asFar++
		}
	}
	return float64(asFar) / float64(1+len(differences))
}

// mean returns the mean of values that must all be there.
func mean(values []*float64) (float64, bool) {
	all := make([]float64, 0, len(values))
	for _, v := range values {
		if v == nil {
			return 0, false
		}
		all = append(all, *v)
	}
	return status.Mean(all), true
}

// begin returns the position of the first value that is neither missing nor 0, where a series begins.
func begin(values []*float64) int {
	for i, v := range values {
		if v != nil && *v != 0 {
			return i
		}
	}
	return len(values)
}
