package config

import "time"

// Bound is one line that a value is judged by. Source says how it came about, and which field holds it.
type Bound struct {
	Source   Source
	Value    float64 // In the KPI's unit: of Fixed and Benchmark.
	Note     string  // Of Benchmark: where it was found.
	Steps    []Step  // Of Steps and Ramp, by time.
	Past     Past    // Of the sources that look back.
	Stricter []Bound // Of StricterOf: the one that is harder to meet counts.
}

// Source says how a bound came about.
type Source string

// The sources of bounds.
const (
	Fixed              Source = "fixed"
	Benchmark          Source = "benchmark"
	Steps              Source = "steps"
	Ramp               Source = "ramp"
	PreviousPeriod     Source = "previous_period"
	SamePeriodLastYear Source = "same_period_last_year"
	MedianOf           Source = "median_of"
	MeanOf             Source = "mean_of"
	AWeekAgo           Source = "a_week_ago"
	AMonthAgo          Source = "a_month_ago"
	AQuarterAgo        Source = "a_quarter_ago"
	AYearAgo           Source = "a_year_ago"
	StricterOf         Source = "stricter_of"
	FromQuery          Source = "query"     // Of a target that a named query gives.
	FromTolerance      Source = "tolerance" // Of a critical bound that a tolerance gives.
)

// Step is the value of a bound from an instant on; between the steps of a ramp it is on the straight line.
type Step struct {
	From  time.Time // In the KPI's time zone.
	Value *float64  // Nil: from here on there is no bound.
}

// Past is a bound that follows from earlier values of the same KPI.
type Past struct {
	Periods  int     // Of MedianOf and MeanOf: how many closed periods before this one.
	Change   float64 // Added to the past value.
	Relative bool    // Change is a share of the past value's absolute value, else in the KPI's unit.
}
