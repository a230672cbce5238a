package analysis

import (
	"cmp"
	"slices"
)

// Quotient is the numerator and the denominator of a ratio in one period. The zero Quotient stands for no row.
type Quotient struct{ Numerator, Denominator float64 }

// RatioPart is one segment of a ratio.
type RatioPart struct {
	Value         string // The label's value.
	Before, After Quotient
}

// MixRateEffect is what a segment added to the change of a ratio, as fractions: Rate because its own ratio changed, Mix
// because its share of the denominator did.
type MixRateEffect struct {
	Value     string
	Rate, Mix float64
	New, Gone bool // It has no denominator before, or after: all of its effect is mix.
}

// MixRate explains the change of a ratio by its segments. Rate + Mix = To − From.
type MixRate struct {
	From, To  float64
	Rate, Mix float64 // The sums over the segments.
	Segments  []MixRateEffect
}

// DecomposeRatio splits the change of ΣN/ΣD into rate and mix per segment (Kitagawa 1955, the two-factor form of Das Gupta,
// US Census P23-186, 1993). Mix is measured against the mean of the two ratios, so that a segment above the average that
// grows has a positive one. Segments come largest |Rate + Mix| first, ties by value; one without denominator in both periods
// is left out. Reason is "" or NoDenominator or NegativeDenominator.
func DecomposeRatio(parts []RatioPart) (MixRate, Reason) {
	parts = slices.SortedFunc(slices.Values(parts), func(a, b RatioPart) int { return cmp.Compare(a.Value, b.Value) })
	var before, after Quotient
	for _, p := range parts {
		for _, q := range []Quotient{p.Before, p.After} {
			switch {
			case q.Denominator < 0:
				return MixRate{}, NegativeDenominator
			case q.Denominator == 0 && q.Numerator != 0:
				return MixRate{}, NoDenominator
			}
		}
		before, after = before.plus(p.Before), after.plus(p.After)
	}
	if before.Denominator == 0 || after.Denominator == 0 {
		return MixRate{}, NoDenominator
	}
	d := MixRate{From: before.ratio(), To: after.ratio()}
	average := (d.From + d.To) / 2
	for _, p := range parts {
		if p.Before.Denominator == 0 && p.After.Denominator == 0 {
			continue
		}
		e := p.effect(before.Denominator, after.Denominator, average)
		d.Rate += e.Rate
		d.Mix += e.Mix
		d.Segments = append(d.Segments, e)
	}
	slices.SortStableFunc(d.Segments, func(a, b MixRateEffect) int { return bySize(a.Rate+a.Mix, b.Rate+b.Mix) })
	return d, ""
}

// effect computes a segment's rate and mix from the sums of all denominators and the mean of the two ratios.
func (p RatioPart) effect(before, after, average float64) MixRateEffect {
	e := MixRateEffect{Value: p.Value, New: p.Before.Denominator == 0, Gone: p.After.Denominator == 0}
	was, is := p.Before.ratio(), p.After.ratio()
	if e.New {
		was = is
	}
	if e.Gone {
		is = was
	}
	share, newShare := p.Before.Denominator/before, p.After.Denominator/after
	e.Rate = (share + newShare) / 2 * (is - was)
	e.Mix = (newShare - share) * ((was+is)/2 - average)
	return e
}

func (q Quotient) plus(other Quotient) Quotient {
	return Quotient{q.Numerator + other.Numerator, q.Denominator + other.Denominator}
}

func (q Quotient) ratio() float64 { return q.Numerator / q.Denominator }
