package config

import (
	"iter"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/targets"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

// What package targets reads.
type (
	// Direction says which way is better.
	Direction = targets.Direction
	// Segment is a target for some of a KPI's label sets.
	Segment = targets.Segment
	// BoundSet holds the bounds for one label set.
	BoundSet = targets.BoundSet
	// BoundRange is a bound at either side, or at both.
	BoundRange = targets.BoundRange
	// Bound is one line by which a value is judged.
	Bound = targets.Bound
	// BoundSource is where a bound comes from.
	BoundSource = targets.BoundSource
	// BoundStep is the value of a bound from an instant on.
	BoundStep = targets.BoundStep
	// Past is a bound that follows from earlier values of the same KPI.
	Past = targets.Past
)

// The directions.
const (
	Higher = targets.Higher
	Lower  = targets.Lower
	Within = targets.Within
)

// The sources of bounds.
const (
	Fixed              = targets.Fixed
	Benchmark          = targets.Benchmark
	Steps              = targets.Steps
	Ramp               = targets.Ramp
	PreviousPeriod     = targets.PreviousPeriod
	SamePeriodLastYear = targets.SamePeriodLastYear
	MedianOf           = targets.MedianOf
	MeanOf             = targets.MeanOf
	AWeekAgo           = targets.AWeekAgo
	AMonthAgo          = targets.AMonthAgo
	AQuarterAgo        = targets.AQuarterAgo
	AYearAgo           = targets.AYearAgo
	StricterOf         = targets.StricterOf
	FromQuery          = targets.FromQuery
	FromTolerance      = targets.FromTolerance
)

// Target is what a KPI should reach.
type Target struct {
	Direction Direction
	BoundSet            // Applies where no segment matches.
	Segments  []Segment // The first whose Match holds applies.
	Pace      bool      // For a to_date period: the bound is for all of it, and the elapsed share of it is in force.
	Profile   bool      // With Pace: in force is the share that earlier periods had come to by then, not that of the time.

	// From gives the target of each label set, and its critical bound if it has that column; nil if the file gives the target.
	// Its rows have the columns kpi, labels, and at_least, at_most or low and high, depending on Direction. Then no BoundSet has a
	// Target of its own; the rest of a BoundSet applies where the row gives nothing.
	From         *Query
	FromDatabase *Database         // Where From runs: its own database, else the KPI's. Nil without From, and with Values.
	Values       *valuesfile.Table // The rows of From where they are kept by hand; else nil.
}

// For returns the bounds for a label set, given as a lookup of label name to value.
func (t *Target) For(label func(name string) string) BoundSet {
segments:
	for _, s := range t.Segments {
		for name, want := range s.Match {
			if label(name) != want {
				continue segments
			}
		}
		return s.BoundSet
	}
	return t.BoundSet
}

// Expires returns when the first of the target's plans ends, for steps the end of the last one's period, for a ramp the
// last of its dates: from then on the last value holds for lack of another. It returns false if no bound
// follows a plan, or each plan ends with none.
func (t *Target) Expires() (time.Time, bool) {
	var first time.Time
	for b := range t.bounds() {
		if !b.Until.IsZero() && (first.IsZero() || b.Until.Before(first)) {
			first = b.Until
		}
	}
	return first, !first.IsZero()
}

// bounds yields every bound of the target and its segments, also those among which the stricter one counts.
func (t *Target) bounds() iter.Seq[*Bound] {
	return func(yield func(*Bound) bool) {
		for r := range t.BoundSets() {
			for _, b := range []*Bound{r.Target.Lower, r.Target.Upper, r.Critical.Lower, r.Critical.Upper, r.Stretch.Lower, r.Stretch.Upper} {
				if b == nil {
					continue
				}
				if !yield(b) {
					return
				}
				for i := range b.Stricter {
					if !yield(&b.Stricter[i]) {
						return
					}
				}
			}
		}
	}
}

// BoundSets yields what holds for the label sets of the target: its own bounds and those of each segment; nothing without a target.
func (t *Target) BoundSets() iter.Seq[*BoundSet] {
	return func(yield func(*BoundSet) bool) {
		if t == nil || !yield(&t.BoundSet) {
			return
		}
		for i := range t.Segments {
			if !yield(&t.Segments[i].BoundSet) {
				return
			}
		}
	}
}
