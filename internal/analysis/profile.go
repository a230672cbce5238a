package analysis

import (
	"math"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

const (
	// LeastPeriods is how many previous periods a profile takes; with fewer the pace is linear.
	LeastPeriods = 3

	leastExpected = 0.1 // Below this expected share nothing is said about the end.
)

// Weights are what the days of a week bring on average, by time.Weekday, in the KPI's unit.
type Weights [7]float64

// WeekdayWeights returns the mean per weekday of the values of whole days, of which the first is one of weekday first; nil
// is a day without a value. It is false if a weekday has none, or their sum is not positive.
func WeekdayWeights(days []*float64, first time.Weekday) (Weights, bool) {
	var sums, counts Weights
	for i, v := range days {
		if v != nil {
			weekday := (int(first) + i) % len(sums)
			sums[weekday] += *v
			counts[weekday]++
		}
	}
	total := 0.0
	for weekday, n := range counts {
		if n == 0 {
			return Weights{}, false
		}
		sums[weekday] /= n
		total += sums[weekday]
	}
	return sums, total > 0
}

// Elapsed returns w(t): the share of a period's weight that has passed after so many days, the running one counted by its
// part. The period's first day is one of weekday first, and it has so many days in all.
func (w Weights) Elapsed(first time.Weekday, days int, passed float64) float64 {
	sum, total := 0.0, 0.0
	for day := range days {
		weight := w[(int(first)+day)%len(w)]
		total += weight
		sum += weight * min(1, max(0, passed-float64(day)))
	}
	return sum / total
}

// PastPace is how far a previous period had come at the same elapsed fraction.
type PastPace struct {
	Share   float64 // Its value by then, as a share of its final one.
	Elapsed float64 // The share of its weight that had passed by then.
}

// ProfileForecast is where a running period will end.
type ProfileForecast struct {
	Expected  float64  // The share of the final value that was to be expected by now.
	Value     float64  // What the period will come to.
	Low, High *float64 // The range in P − 1 of P + 1 cases; nil where it has no such end.
	Periods   int      // P, the previous periods that it is based on.
}

// Forecast extends the value of a running period, of whose weight a share has elapsed, by the pace of the previous periods.
// It is false with fewer than three of them, and while less than a tenth of the final value is to be expected, or none.
func Forecast(value, elapsed float64, past []PastPace) (ProfileForecast, bool) {
	var pace []float64
	for _, p := range past {
		if q := p.Share / p.Elapsed; !math.IsNaN(q) && !math.IsInf(q, 0) {
			pace = append(pace, q)
		}
	}
	if len(pace) < LeastPeriods {
		return ProfileForecast{}, false
	}
	f := ProfileForecast{Expected: elapsed * status.Median(pace), Periods: len(pace)}
	if !(f.Expected >= leastExpected) {
		return ProfileForecast{}, false
	}
	if value == 0 {
		return f, true
	}
	f.Value = value / f.Expected
	f.Low = new(value / (elapsed * slices.Max(pace)))
	if slowest := slices.Min(pace); slowest > 0 {
		f.High = new(value / (elapsed * slowest))
	}
	if value < 0 {
		f.Low, f.High = f.High, f.Low
	}
	return f, true
}
