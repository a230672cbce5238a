package analysis

import (
	"math"

	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// LeastStreak is from how many rises or falls in a row on they are worth a word: five come by chance once in 720.
const LeastStreak = 5

// Streak returns how often in a row the newest values rose (positive) or fell (negative): 0 if the newest is missing or
// equals the one before it. A missing value ends it.
func Streak(values []*float64) int {
	streak := 0
	for i := len(values) - 1; i > 0 && values[i] != nil && values[i-1] != nil; i-- {
		switch rose := *values[i] > *values[i-1]; {
		case rose && streak >= 0:
			streak++
		case *values[i] < *values[i-1] && streak <= 0:
			streak--
		default:
			return streak
		}
	}
	return streak
}

// Extreme reports whether the newest value is higher, or lower, than each of the n values before it that are not missing.
// Both are false if it is missing or there is none to compare it with.
func Extreme(values []*float64) (highest, lowest bool, n int) {
	if len(values) == 0 || values[len(values)-1] == nil {
		return false, false, 0
	}
	newest := *values[len(values)-1]
	highest, lowest = true, true
	for _, v := range values[:len(values)-1] {
		if v == nil {
			continue
		}
		n++
		highest, lowest = highest && newest > *v, lowest && newest < *v
	}
	return highest && n > 0, lowest && n > 0, n
}

// Move returns by how much the newest of the values differs from the one before it, and how large that is: in median absolute
// deviations of the earlier differences between neighbours. Where those were all equal the mean absolute deviation stands in;
// where that is 0 too, any other difference is infinitely large. It is false if one of the two values is missing, or fewer than
// leastResiduals earlier differences are known.
func Move(values []*float64) (delta, size float64, ok bool) {
	var differences []float64 // The newest first.
	for i := len(values) - 1; i > 0; i-- {
		if values[i] != nil && values[i-1] != nil {
			differences = append(differences, status.Sum(*values[i], -*values[i-1]))
		} else if i == len(values)-1 {
			return 0, 0, false
		}
	}
	if len(differences) <= leastResiduals {
		return 0, 0, false
	}
	delta = differences[0]
	centre, deviations, sum := median(differences[1:]), make([]float64, len(differences)-1), 0.0
	for i, d := range differences[1:] {
		deviations[i] = math.Abs(d - centre)
		sum += deviations[i]
	}
	spread := median(deviations)
	if spread == 0 {
		spread = sum / float64(len(deviations))
	}
	if delta == 0 {
		return 0, 0, true
	}
	return delta, math.Abs(delta) / spread, true
}

// FalseMentions returns how many of so many judged series are expected to be mentioned as unusual although nothing happened.
func FalseMentions(judged int) float64 { return 0.005 * float64(judged) }
