package analysis

import (
	"math"
	"slices"
)

const (
	comparables     = 4      // Earlier values, a season apart, whose median is what is expected.
	mostResiduals   = 90     // Older ones say little about today.
	leastResiduals  = 12     // Below, every limit would be a guess.
	lastBits        = 1e-12  // The error of a subtraction, relative to its operands.
	fewCases        = 5      // Counts with a smaller median jump by chance.
	normalMAD       = 0.6745 // The median absolute deviation of the standard normal distribution.
	normalMeanAD    = 1.2533 // Its standard deviation, in mean absolute deviations.
	months          = 12
	monthsNeeded    = 48 // Values before the new one from which a year's season can be seen.
	monthComparable = 3
)

// Season is after how many periods a KPI repeats itself: 7 days, 12 months, or 1 where it does not.
type Season int

// The seasons of calendar periods. Monthly series have theirs once there are four years; before, they are judged without.
const (
	NoSeason    Season = 1
	DaySeason   Season = 7
	MonthSeason Season = months
)

// Judgement compares the newest value of a series with those before it.
type Judgement struct {
	Usual   Interval // Where an ordinary value would lie.
	Z       *float64 // How far the value lies from what was expected, in robust standard deviations; nil if nothing varied before.
	Unusual bool
	Low     bool // It lies below what was expected.
	Equal   int  // After so many equal residuals it is the first that differs; 0 otherwise.
}

// Series is what one KPI, or one of its label sets, measured: one element per complete period, oldest first, nil without a
// value. Windows that overlap are not a series.
type Series struct {
	Values         []*float64
	Season         Season
	HasDenominator bool // Its values are ratios, not cases.
}

// Judge compares the newest of the values with what the earlier ones lead to expect: the median of four values a season
// apart (of three years, for months), and the spread of how far earlier values were from that (median absolute deviation;
// Iglewicz and Hoaglin 1993). Whole numbers of cases with a median below five are never unusual.
//
// It is false if the newest value is missing or there is not enough history: twelve residuals, of values that each have
// three of their four comparables (months: all three).
func (s Series) Judge() (Judgement, bool) {
	values := s.Values[begin(s.Values):]
	if len(values) == 0 || values[len(values)-1] == nil {
		return Judgement{}, false
	}
	f := forecaster{values: values, season: 1, back: comparables, least: comparables - 1}
	newest := len(values) - 1
	switch {
	case s.Season == MonthSeason && present(values[:newest]) >= monthsNeeded:
		f.season, f.back, f.least = months, monthComparable, monthComparable
	case s.Season == DaySeason:
		f.season = int(DaySeason)
	}
	expected, ok := f.expected(newest)
	residuals := f.residuals(newest)
	if !ok || len(residuals) < leastResiduals {
		return Judgement{}, false
	}
	j := judge(*values[newest], expected, residuals)
	if s.fewCases(values[:newest]) {
		j.Unusual, j.Equal = false, 0
	}
	return j, true
}

// judge compares a value with what was expected of it and with how far earlier ones were from what was expected.
func judge(value, expected float64, residuals []float64) Judgement {
	m := len(residuals)
	centre := median(residuals)
	deviations := make([]float64, m)
	for i, r := range residuals {
		deviations[i] = math.Abs(r - centre)
	}
	// What binary fractions leave of equal decimals is not a deviation.
	noise := lastBits * max(math.Abs(value), math.Abs(expected))
	sigma := median(deviations) / normalMAD
	if sigma <= noise {
		sum := 0.0
		for _, d := range deviations {
			sum += d
		}
		sigma = normalMeanAD * sum / float64(m)
	}
	if sigma <= noise {
		sigma = 0
	}
	limit := 3 * (1 + 5/float64(m))
	middle := expected + centre
	j := Judgement{Usual: Interval{middle - limit*sigma, middle + limit*sigma}, Low: value < middle}
	distance := value - middle
	switch {
	case sigma > 0:
		z := distance / sigma
		j.Z, j.Unusual = &z, math.Abs(z) > limit
	case math.Abs(distance) > noise:
		j.Equal = m
	}
	return j
}

// forecaster expects of each value the median of earlier ones, a season apart.
type forecaster struct {
	values []*float64
	season int // Periods from one comparable to the next.
	back   int // Comparables.
	least  int // How many of them must be there.
}

// expected returns the median of the comparables of a position; false where the series is too young or has too many gaps.
func (f forecaster) expected(position int) (float64, bool) {
	if position < f.back*f.season {
		return 0, false
	}
	past := make([]float64, 0, comparables)
	for i := 1; i <= f.back; i++ {
		if v := f.values[position-i*f.season]; v != nil {
			past = append(past, *v)
		}
	}
	return median(past), len(past) >= f.least
}

// residuals returns how far the values before a position were from what was expected of them, newest first, at most
// mostResiduals.
func (f forecaster) residuals(position int) []float64 {
	var residuals []float64
	for i := position - 1; i >= 0 && len(residuals) < mostResiduals; i-- {
		if f.values[i] == nil {
			continue
		}
		if expected, ok := f.expected(i); ok {
			residuals = append(residuals, *f.values[i]-expected)
		}
	}
	return residuals
}

// fewCases reports whether the values are whole numbers of cases, half of them below five.
func (s Series) fewCases(values []*float64) bool {
	var all []float64
	for _, v := range values {
		if v == nil {
			continue
		}
		if !isCount(*v) {
			return false
		}
		all = append(all, *v)
	}
	return !s.HasDenominator && median(all) < fewCases
}

// median returns the middle of the values, of an even number of them the mean of the two in the middle; NaN of none.
func median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return math.NaN()
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func present(values []*float64) int {
	n := 0
	for _, v := range values {
		if v != nil {
			n++
		}
	}
	return n
}
