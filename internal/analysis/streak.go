package analysis

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
