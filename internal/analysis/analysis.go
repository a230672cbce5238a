// Package analysis says what moved, why, whether that is unusual, where a running period will end, and what followed a
// decision. Every function is pure: numbers in, findings out; the same input gives the same bytes. A method explains a
// number by arithmetic; none of them proves a cause.
//
// There is one file per method. Each names its source and its limits.
package analysis

// Reason says why there is no explanation, in the words of the API.
type Reason string

// The reasons that follow from the numbers alone.
const (
	NoValue             Reason = "no_value"             // A value that the method needs is missing.
	NoDenominator       Reason = "no_denominator"       // The denominators sum to 0, or a segment has only a numerator.
	NegativeDenominator Reason = "negative_denominator" // A share of a whole is not defined.
	TooManyOperands     Reason = "too_many_operands"    // More than MaxOperands of a formula changed.
)
