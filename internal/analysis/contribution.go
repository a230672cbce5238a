package analysis

import (
	"cmp"
	"math"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// alikeShare is the part of the total's change below which no segment stands out.
const alikeShare = 0.2

// Part is one segment of a KPI whose parts add up to the whole. nil means that the period has no row for it: the segment
// counts as 0 there, and as new or gone.
type Part struct {
	Value         string // The label's value.
	Before, After *float64
}

// Contribution is what a segment added to the change of the total, in the KPI's unit.
type Contribution struct {
	Value      string
	Amount     float64  // After less before. The amounts of all segments sum to the change of the total.
	Points     *float64 // Amount as a share of the previous total's absolute value; nil if that total is 0.
	Unexpected *float64 // Amount less what the segment would have changed by if it had moved as the whole did; nil if not defined.
	New, Gone  bool
}

// Contributions explains the change of a total by its segments.
type Contributions struct {
	From, To float64 // The total before and after.
	Segments []Contribution
	Alike    bool // No segment moved otherwise than the whole; name nobody.
	OneSign  bool // All amounts have one sign, so each may be called a share of the change.
}

// Contribute splits the change of a sum into the changes of its parts, whose values differ. The segments come largest
// |Unexpected| first, where that is not defined largest |Amount|, ties by value. Unexpected is defined if the previous total is not 0 and no two
// previous values have different signs.
func Contribute(parts []Part) Contributions {
	parts = slices.SortedFunc(slices.Values(parts), func(a, b Part) int { return cmp.Compare(a.Value, b.Value) })
	var c Contributions
	for _, p := range parts {
		c.From, c.To = status.Sum(c.From, or0(p.Before)), status.Sum(c.To, or0(p.After))
	}
	expects := c.From != 0 && !mixedSigns(parts)
	for _, p := range parts {
		before, after := or0(p.Before), or0(p.After)
		s := Contribution{
			Value: p.Value, Amount: status.Sum(after, -before),
			New: p.Before == nil && p.After != nil, Gone: p.Before != nil && p.After == nil,
		}
		if c.From != 0 {
			s.Points = new(s.Amount / math.Abs(c.From))
		}
		if expects {
			s.Unexpected = new(s.Amount - before*(c.To-c.From)/c.From)
		}
		c.Segments = append(c.Segments, s)
	}
	slices.SortStableFunc(c.Segments, func(a, b Contribution) int { return bySize(a.weight(), b.weight()) })
	up, down := false, false
	for _, s := range c.Segments {
		up, down = up || s.Amount > 0, down || s.Amount < 0
	}
	c.OneSign = !up || !down
	c.Alike = expects && len(c.Segments) > 1 && math.Abs(c.Segments[0].weight()) < alikeShare*math.Abs(c.To-c.From)
	return c
}

// weight is what the segments are ordered by.
func (c Contribution) weight() float64 {
	if c.Unexpected != nil {
		return *c.Unexpected
	}
	return c.Amount
}

// bySize orders the larger absolute value first. The last bits, which depend on how a number was computed, part no tie.
func bySize(a, b float64) int {
	if status.Equal(math.Abs(a), math.Abs(b)) {
		return 0
	}
	return cmp.Compare(math.Abs(b), math.Abs(a))
}

// mixedSigns reports whether the previous values have both signs: shares of their sum mean nothing then.
func mixedSigns(parts []Part) bool {
	up, down := false, false
	for _, p := range parts {
		up, down = up || or0(p.Before) > 0, down || or0(p.Before) < 0
	}
	return up && down
}

func or0(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}
