package status

import "math"

// Range is an interval with both ends in it. A nil end is open: at least 5 is {Lower: 5}, at most 5 is {Upper: 5}.
// An end that is NaN was requested and is not known.
type Range struct {
	Lower, Upper *float64
}

// side is an end of a range.
type side int

const (
	lower side = iota
	upper
)

// end returns the bound on one side, nil where the range is open.
func (r Range) end(s side) *float64 {
	if s == lower {
		return r.Lower
	}
	return r.Upper
}

// missed returns the end that value lies beyond. Ends that have moved past each other can both be missed; then the
// lower one speaks. NaN meets nothing, hence the negations.
func (r Range) missed(value float64) (side, bool) {
	switch {
	case r.Lower != nil && !(value >= *r.Lower):
		return lower, true
	case r.Upper != nil && !(value <= *r.Upper):
		return upper, true
	default:
		return 0, false
	}
}

// known reports whether no end is NaN.
func (r Range) known() bool {
	return (r.Lower == nil || !math.IsNaN(*r.Lower)) && (r.Upper == nil || !math.IsNaN(*r.Upper))
}

// Bounds are the bounds in force for one value, in its unit. Critical already holds what a Tolerance gives.
type Bounds struct {
	Target, Critical, Stretch Range
}

// Align returns the bound that a value is Equal to, and other values unchanged, so that comparing what is returned with any
// of the bounds says what comparing equally rounded numbers would say.
func (b Bounds) Align(value float64) float64 {
	for _, r := range [...]Range{b.Target, b.Critical, b.Stretch} {
		for _, end := range [...]*float64{r.Lower, r.Upper} {
			if end != nil && Equal(value, *end) {
				return *end
			}
		}
	}
	return value
}

// Tolerance is how far beyond its target a value is still only at risk.
type Tolerance struct {
	Amount   float64
	Relative bool // Amount is a share of |bound|, otherwise a number in the unit
}

// Beyond returns the critical range: the target's, wider by the tolerance at each end that it has. A share of 0 is
// nothing, so a relative tolerance leaves a bound of 0 as it is.
func (t Tolerance) Beyond(target Range) Range {
	var critical Range
	if target.Lower != nil {
		bound := add(*target.Lower, -t.Amount, t.Relative)
		critical.Lower = &bound
	}
	if target.Upper != nil {
		bound := add(*target.Upper, t.Amount, t.Relative)
		critical.Upper = &bound
	}
	return critical
}
