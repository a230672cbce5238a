// Package status judges a value by its bounds: the status, the attainment, and the one bound to show beside the value.
// It promises to be pure: the same numbers give the same answer, whatever the time and wherever the bounds came from.
// It imports nothing but the standard library.
package status

import "strings"

// Status is how a value relates to its target.
type Status string

// The statuses, from good to bad, then those that judge nothing.
const (
	OnTarget  Status = "on_target"  // Meets the target.
	AtRisk    Status = "at_risk"    // Misses it, but is not past the critical bound.
	OffTarget Status = "off_target" // Misses it, and is past the critical bound or has none.
	NoTarget  Status = "no_target"  // Has no target.
	Unknown   Status = "unknown"    // Has one and could not be judged, for a Reason.
)

// Statuses returns all statuses, in that order.
func Statuses() []Status { return []Status{OnTarget, AtRisk, OffTarget, NoTarget, Unknown} }

// Value returns the number of the status in a metric: 0 on target, 1 at risk, 2 off target. The others
// have none, so that a maximum is the worst and nothing fires on what is not known.
func (s Status) Value() (float64, bool) {
	switch s {
	case OnTarget:
		return 0, true
	case AtRisk:
		return 1, true
	case OffTarget:
		return 2, true
	default:
		return 0, false
	}
}

// Text returns the status in words: "on target".
func (s Status) Text() string { return strings.ReplaceAll(string(s), "_", " ") }

// UnknownReason is why a status is Unknown.
type UnknownReason string

// The reasons.
const (
	NoValue     UnknownReason = "no_value"     // The query gave none.
	SmallSample UnknownReason = "small_sample" // Fewer than the target's min_sample.
	Stale       UnknownReason = "stale"        // The value is too old.
	NoBound     UnknownReason = "no_bound"     // No bound is in force at that time, or it is not known.
	DataLate    UnknownReason = "data_late"    // The data does not cover the period yet.
	BeforeData  UnknownReason = "before_data"  // The period begins before the data does.
	Withheld    UnknownReason = "withheld"     // The value would give away one that suppress_below withholds.
)

// Reasons returns all reasons.
func Reasons() []UnknownReason {
	return []UnknownReason{NoValue, SmallSample, Stale, NoBound, DataLate, BeforeData, Withheld}
}

// Text returns the reason in words, as people read it beside "unknown".
func (r UnknownReason) Text() string {
	switch r {
	case NoValue:
		return "no value"
	case SmallSample:
		return "small sample"
	case NoBound:
		return "nothing to compare with"
	case DataLate:
		return "waits for data"
	case BeforeData:
		return "before the data begins"
	default:
		return string(r)
	}
}
