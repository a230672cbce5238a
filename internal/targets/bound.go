// Package targets reads what KPIs should reach: the targets, segments and bounds of a KPI file. It knows a KPI by what it measures, and
// no database.
package targets

import (
	"sort"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Direction says which way is better.
type Direction string

// The directions: with a target it follows from the target, without one from better:.
const (
	Higher Direction = "higher"
	Lower  Direction = "lower"
	Within Direction = "range"
)

// Segment is a target for some of a KPI's label sets.
type Segment struct {
	Match    map[string]string // Label name to value; all must be equal.
	BoundSet                   // Already with what the segment inherits.
}

// BoundSet holds the bounds for one label set.
type BoundSet struct {
	None      bool // No target here.
	Target    BoundRange
	Critical  BoundRange
	Stretch   BoundRange
	Tolerance *status.Tolerance // Nil when Critical is given, or when any miss is off target.
	MinSample *float64          // Below it the status is unknown.
}

// BoundRange is a bound at either side, or at both.
type BoundRange struct {
	Lower, Upper *Bound
}

// Bounds returns the numbers to judge by, with the critical bounds that the tolerance gives. They are known without a
// database, and the same for every period, only where neither the target nor its critical bound moves; else Bounds
// is empty. A stretch that moves is left out.
func (r BoundSet) Bounds() status.Bounds {
	if r.None || r.Target.moves() || r.Critical.moves() {
		return status.Bounds{}
	}
	b := status.Bounds{Target: r.Target.values(), Critical: r.Critical.values()}
	if r.Tolerance != nil {
		b.Critical = r.Tolerance.Beyond(b.Target)
	}
	if !r.Stretch.moves() {
		b.Stretch = r.Stretch.values()
	}
	return b
}

func (r BoundRange) moves() bool {
	return r.Lower != nil && r.Lower.Moves() || r.Upper != nil && r.Upper.Moves()
}

func (r BoundRange) values() status.Range {
	var v status.Range
	if r.Lower != nil {
		v.Lower = &r.Lower.Value
	}
	if r.Upper != nil {
		v.Upper = &r.Upper.Value
	}
	return v
}

// Bound is one line by which a value is judged. Source says where it comes from, and which field holds it.
type Bound struct {
	Source   BoundSource
	Value    float64     // In the KPI's unit: for Fixed and Benchmark.
	Note     string      // For Benchmark: where it was found.
	Steps    []BoundStep // For Steps and Ramp, by time.
	Until    time.Time   // For Steps and Ramp: how far the plan goes, after which its last value holds; zero if "none" ends it.
	Past     Past        // For the sources that look back.
	Stricter []Bound     // For StricterOf, at least two: the one that is harder to meet counts.
}

// Moves reports whether the bound may differ from one period, or from one label set, to the next.
func (b Bound) Moves() bool { return b.Source != Fixed && b.Source != Benchmark }

// crossed reports whether low is above high, if both exist and do not move.
func crossed(low, high *Bound) bool {
	return low != nil && high != nil && !low.Moves() && !high.Moves() && low.Value > high.Value
}

// At returns the bound at an instant as far as the file alone gives it: for Fixed, Benchmark, Steps and Ramp. There is
// none before the first step, nor from a step on that ends it; after the last one its value holds.
func (b Bound) At(t time.Time) (value float64, ok bool) {
	if !b.Moves() {
		return b.Value, true
	}
	next := sort.Search(len(b.Steps), func(i int) bool { return b.Steps[i].From.After(t) })
	if next == 0 || b.Steps[next-1].Value == nil {
		return 0, false
	}
	from := b.Steps[next-1]
	if b.Source != Ramp || next == len(b.Steps) || b.Steps[next].Value == nil {
		return *from.Value, true
	}
	to := b.Steps[next]
	// The last instant of a period is a nanosecond before its end, where people read the line.
	gone := t.Sub(from.From).Round(time.Microsecond)
	return status.Interpolate(*from.Value, *to.Value, int64(gone), int64(to.From.Sub(from.From))), true
}

// BoundSource is where a bound comes from.
type BoundSource string

// The sources of bounds.
const (
	Fixed              BoundSource = "fixed"
	Benchmark          BoundSource = "benchmark"
	Steps              BoundSource = "steps"
	Ramp               BoundSource = "ramp"
	PreviousPeriod     BoundSource = "previous_period"
	SamePeriodLastYear BoundSource = "same_period_last_year"
	MedianOf           BoundSource = "median_of"
	MeanOf             BoundSource = "mean_of"
	AWeekAgo           BoundSource = "a_week_ago"
	AMonthAgo          BoundSource = "a_month_ago"
	AQuarterAgo        BoundSource = "a_quarter_ago"
	AYearAgo           BoundSource = "a_year_ago"
	StricterOf         BoundSource = "stricter_of"
	FromQuery          BoundSource = "query"     // For a target from a named query.
	FromTolerance      BoundSource = "tolerance" // For a critical bound that a tolerance gives.
)

// BoundStep is the value of a bound from an instant on; between the steps of a ramp it is on the straight line.
type BoundStep struct {
	From  time.Time // In the KPI's time zone.
	Value *float64  // In the KPI's unit. Nil: from here on there is no bound.
}

// Past is a bound that follows from earlier values of the same KPI.
type Past struct {
	Periods  int     // For MedianOf and MeanOf: how many closed periods before this one.
	Change   float64 // Added to the past value.
	Relative bool    // Change is a share of the past value's absolute value, else in the KPI's unit.
}
