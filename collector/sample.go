package collector

import (
	"cmp"
	"math/big"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Result is what a KPI was at an instant, or why that is not known.
type Result struct { //nolint:recvcheck // What changes a result needs a pointer; encoding/json calls MarshalJSON on values.

	KPI             *config.KPI
	AsOf            time.Time     // As requested, before settle.
	Window          period.Window // What was measured; both ends are as-of for instant.
	Elapsed         float64       // Share of the period that had passed, 1 for all but to_date.
	Samples         []Sample      // Sorted by labels; with a Failure, those of the databases that did not fail.
	Failure         *Failure
	FailedDatabases []DatabaseFailure // Those that failed, where others did not; none where all did.
	Missing         *Failure          // Why earlier values for bounds or comparisons are missing; nil if no query for them failed.
	Extra           []ExtraColumns
	Duration        time.Duration // How long the evaluation took, without waiting for a connection.

	DataUntil  time.Time // How far the data reached; zero without a data_until, or if nothing was loaded yet.
	Data       []Data    // How far each of the data reached; DataUntil is the earliest.
	Incomplete bool      // The data does not cover the period: the values may still change, and are not judged.
	Clipped    bool      // The request was beyond the data, and was measured up to where the data reaches.
	BeforeData bool      // The period, or an earlier one that the value needs, begins before the data does: there is no value.

	ReadAt time.Time // When the first of the readings began that it is made from; zero if nothing was read.

	readings map[readingKey]readout // What it is made from, if that is to be saved.
	targets  []targetRow            // As readings.

	invalid uint64 // Label values that were read and are not UTF-8.

	scheduledAsOf time.Time // As-of before it was moved back to where the data reaches.
	movedBack     bool      // It was moved back.
	skipped       bool      // Nothing was evaluated: the previous result is still the last that the data covers.
}

// ExtraColumns are the columns that a named query gives and no KPI reads.
type ExtraColumns struct {
	Query   *config.Query
	Columns []string
}

// WithoutMissing returns the result without the sentences about missing parts, which may hold what is in the rows.
func (r Result) WithoutMissing() Result {
	r.Samples = slices.Clone(r.Samples)
	for i := range r.Samples {
		r.Samples[i].setMissing("")
	}
	return r
}

// Kept returns the result as it is kept for long: what may be shown of it, without the sentences about missing parts and what only
// an evaluation needs.
func (r Result) Kept() Result {
	r.Extra, r.Data, r.Missing, r.readings, r.targets = nil, nil, nil, nil, nil
	if !slices.ContainsFunc(r.Samples, func(s Sample) bool { d := s.Details(); return d.Missing != "" || d.exact != nil || d.unbound != "" }) {
		return r
	}
	r = r.WithoutMissing()
	for i := range r.Samples {
		s := &r.Samples[i]
		d := s.Details()
		d.exact, d.unbound = nil, ""
		s.SetDetails(d)
	}
	return r
}

// InPlace returns the request for what is shown in place of a period whose rows, which are kept by hand, are not known yet: the last
// period of which some are. It is false if there is none, or other data is missing.
func (r *Result) InPlace(request Request) (Request, bool) {
	if !r.Incomplete || r.DataUntil.IsZero() || slices.ContainsFunc(r.Data, func(d Data) bool { return !d.ByHand }) {
		return Request{}, false
	}
	moved, _ := Request{KPI: r.KPI, AsOf: request.AsOf, KnownAt: request.KnownAt, waitForData: true}.upTo(r.DataUntil)
	return moved, true
}

// Stale returns the result without what must not be shown once it is stale: its values, and its verdicts.
func (r Result) Stale() Result {
	samples := make([]Sample, len(r.Samples))
	for i, s := range r.Samples {
		samples[i] = Sample{Labels: s.Labels, Status: status.Unknown, Reason: status.Stale}
	}
	r.Samples = samples
	return r
}

// Sample is one value of a KPI. There may be very many, so that it holds only what most of them have.
type Sample struct {
	Labels                 []string // Values, in the order of config.KPI.LabelNames.
	Value                  *float64 // In the KPI's unit; nil: no value.
	SampleSize             *float64 // Nil where the KPI or the row has none.
	Numerator, Denominator *float64 // What the value is the quotient of, or comes with; nil where the KPI or the row has none, or they are withheld.
	IsQuotient             bool     // The value was computed from them.
	Suppressed             bool     // There is no value because it has fewer observations than suppress_below.
	Status                 status.Status
	Reason                 status.UnknownReason // Why the status is unknown, else "".
	More                   *Details             // Nil where there is nothing more. It never changes, and is read with Details.
}

// Details is what some samples have beside their value: those with a target or a comparison, those of a ratio, and those that are
// computed from several parts.
type Details struct {
	Bounds              []BoundValue // Every bound in force: target, critical, stretch; lower before upper.
	Target              *float64     // The bound by which the value is judged, the nearer of two; nil without a value or a target.
	Attainment          *float64     // 1 exactly at the target, more is better; nil where undefined.
	Pace                *float64     // Value as a ratio of what the target asks for by now; nil without pace.
	Forecast            *float64     // The expected value at the end of the period; nil without pace.
	ForecastLow         *float64     // By a profile: above it the end lies, and below ForecastHigh, in PacePeriods − 1 of PacePeriods + 1 cases; nil where the range has no such end.
	ForecastHigh        *float64     // As ForecastLow.
	PaceMethod          PaceMethod   // How the forecast is made and the bounds are prorated; "" without pace.
	PacePeriods         int          // How many earlier periods a profile is based on.
	RangeLow, RangeHigh *float64     // The range of the underlying rate, with 95 % confidence; nil unless the value is a number of cases out of others.
	Previous            []Previous
	Missing             string   // Which part of the value is missing, "" if none is: "plan=free has no value".
	unbound             string   // With status.NoBound: why, in words.
	exact               *big.Rat // The value before it was rounded, of a formula or a sum; else nil.
}

// Details returns what the sample has beside its value.
func (s *Sample) Details() Details {
	if s.More == nil {
		return Details{}
	}
	return *s.More
}

// SetDetails replaces what the sample has beside its value. A copy of the sample keeps what it had.
func (s *Sample) SetDetails(d Details) {
	if s.More = nil; !d.empty() {
		s.More = new(d)
	}
}

func (d *Details) empty() bool {
	return d.Bounds == nil && d.Target == nil && d.Attainment == nil && d.Pace == nil && d.Forecast == nil && d.ForecastLow == nil && d.ForecastHigh == nil &&
		d.PaceMethod == "" && d.PacePeriods == 0 && d.RangeLow == nil && d.RangeHigh == nil && d.Previous == nil && d.Missing == "" && d.unbound == "" && d.exact == nil
}

// setMissing sets which part of the value is missing.
func (s *Sample) setMissing(text string) {
	if s.More == nil && text == "" {
		return
	}
	d := s.Details()
	d.Missing = text
	s.SetDetails(d)
}

// setExact sets the value before it was rounded.
func (s *Sample) setExact(v *big.Rat) {
	if s.More == nil && v == nil {
		return
	}
	d := s.Details()
	d.exact = v
	s.SetDetails(d)
}

// ReasonText returns in words why the status is unknown, "" if it is not.
func (s *Sample) ReasonText() string {
	return cmp.Or(s.Details().unbound, s.Reason.Text())
}

// Previous is an earlier value of the same label set.
type Previous struct {
	ComparedWith string // previous_period or same_period_last_year.
	Value        float64
}

// BoundValue is a line that a value is judged by.
type BoundValue struct {
	Tier   string  // target, critical or stretch.
	Side   string  // lower or upper.
	Value  float64 // In the KPI's unit.
	Source string  // How it came about: a config.Source.
}

// PaceMethod is how a running period is extended to its end.
type PaceMethod string

// The methods. Where a target asks for a profile, and there are too few earlier periods, it is linear.
const (
	PaceLinear  PaceMethod = "linear"
	PaceProfile PaceMethod = "profile"
)

// suppress removes the value of a sample with too few observations.
func (s *Sample) suppress(k *config.KPI) {
	if limit := k.SuppressBelow; limit != nil && !reaches(s.SampleSize, *limit) {
		s.Value, s.Numerator, s.Denominator = nil, nil, nil
		s.Reason, s.Suppressed = status.SmallSample, true
		s.setMissing("")
	}
}

// maxExactBits is how long an exact value may be for formulas to compute with it: one that multiplies itself in KPI after
// KPI would grow without end. It is some thousand digits.
const maxExactBits = 1 << 12

// setExactly sets the value to a number and rounds it.
func (s *Sample) setExactly(v *big.Rat) {
	rounded, _ := v.Float64()
	s.Value = &rounded
	if v.Num().BitLen()+v.Denom().BitLen() > maxExactBits {
		v = nil
	}
	s.setExact(v)
}

// exactValue returns the value that a formula computes with, nil where there is none.
func (s *Sample) exactValue() *big.Rat {
	switch exact := s.Details().exact; {
	case s.Value == nil:
		return nil
	case exact != nil:
		return exact
	case s.IsQuotient:
		return divide(exactly(s.Numerator), exactly(s.Denominator))
	}
	return exactly(s.Value)
}

// exactly returns the decimal that a number stands for, nil where there is none.
func exactly(v *float64) *big.Rat {
	if v == nil {
		return nil
	}
	return status.Exact(*v)
}

func compareLabels(a, b Sample) int { return slices.Compare(a.Labels, b.Labels) }

// reaches reports whether a sample size is known and at least min.
func reaches(size *float64, minimum float64) bool {
	return size != nil && (*size >= minimum || status.Equal(*size, minimum))
}
