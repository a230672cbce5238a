package analysis

import (
	"math"
	"math/bits"
)

// MaxOperands is how many operands of a formula may have changed: more would take more than 64 evaluations, and no reader
// follows more.
const MaxOperands = 6

// Shapley splits the change of a formula's result among its operands (Shapley 1953): the mean, over every order in which
// they could have changed one after another, of what each one changed. The amounts sum to the whole change; operands that
// did not change have 0. Both slices have one number per operand. The formula reports false where it has no value, as by a
// division by zero; it is evaluated for every subset of the changed operands. Reason is "", NoValue or TooManyOperands.
func Shapley(formula func(operands []float64) (float64, bool), before, after []float64) ([]float64, Reason) {
	var changed []int
	for i := range before {
		if before[i] != after[i] {
			changed = append(changed, i)
		}
	}
	if len(changed) > MaxOperands {
		return nil, TooManyOperands
	}
	results, ok := subsets(formula, before, after, changed)
	if !ok {
		return nil, NoValue
	}
	amounts := make([]float64, len(before))
	for bit, operand := range changed {
		for set := range results {
			if set&(1<<bit) == 0 {
				amounts[operand] += orders(bits.OnesCount(uint(set)), len(changed)) * (results[set|1<<bit] - results[set])
			}
		}
	}
	return amounts, ""
}

// subsets evaluates the formula once per subset of the changed operands: those of the set as they are after, all others as
// they were before.
func subsets(formula func([]float64) (float64, bool), before, after []float64, changed []int) ([]float64, bool) {
	results := make([]float64, 1<<len(changed))
	operands := make([]float64, len(before))
	for set := range results {
		copy(operands, before)
		for bit, operand := range changed {
			if set&(1<<bit) != 0 {
				operands[operand] = after[operand]
			}
		}
		result, ok := formula(operands)
		if !ok || math.IsNaN(result) || math.IsInf(result, 0) {
			return nil, false
		}
		results[set] = result
	}
	return results, true
}

// orders is the share of all orders of n operands in which one of them comes just after a given set of size earlier.
func orders(earlier, n int) float64 {
	share := 1 / float64(n)
	for i := range earlier { // 1 / (n · C(n−1, earlier))
		share *= float64(i+1) / float64(n-1-i)
	}
	return share
}
