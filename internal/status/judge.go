package status

import "math"

// Judge returns the status of an existing value: OnTarget, AtRisk, OffTarget, NoTarget when b.Target is empty, or
// Unknown where it depends on a bound that is not known: on any end of the target, or for a miss on its critical bound.
// Both bounds belong to their better side: exactly at the target meets it, exactly at the critical bound is at risk.
// Meeting the target wins even where moving bounds have put the critical one inside it. A target with two ends is
// judged at the end that the value lies beyond.
func Judge(value float64, b Bounds) Status {
	if b.Target == (Range{}) {
		return NoTarget
	}
	if !b.Target.known() {
		return Unknown
	}
	miss, missed := b.Target.missed(value)
	if !missed {
		return OnTarget
	}
	switch critical := b.Critical.end(miss); {
	case critical == nil:
		return OffTarget
	case math.IsNaN(*critical):
		return Unknown
	case miss == lower && value >= *critical, miss == upper && value <= *critical:
		return AtRisk
	default:
		return OffTarget
	}
}

// Attainment returns how far a value attains its target, as a ratio: 1 exactly at the target and more the better,
// whichever direction is better. The distance to the target counts in units of |target|, for a target of 0 in units of
// its distance to the critical bound. Between two bounds it is 1 throughout, outside it is measured from the end the
// value lies beyond. It is false where there is no target that is known, nothing to measure by, or no finite result.
func Attainment(value float64, b Bounds) (float64, bool) {
	if !b.Target.known() {
		return 0, false
	}
	var from side
	switch miss, missed := b.Target.missed(value); {
	case missed:
		from = miss
	case b.Target.Lower != nil && b.Target.Upper != nil:
		return 1, true
	case b.Target.Lower != nil:
		from = lower
	case b.Target.Upper != nil:
		from = upper
	default:
		return 0, false
	}
	bound := *b.Target.end(from)
	scale := math.Abs(bound)
	if critical := b.Critical.end(from); scale == 0 && critical != nil {
		scale = math.Abs(bound - *critical)
	}
	better := value - bound
	if from == upper {
		better = -better
	}
	ratio := 1 + better/scale
	if math.IsNaN(ratio) || math.IsInf(ratio, 0) { // A scale of 0 among the causes.
		return 0, false
	}
	return ratio, true
}

// Nearest returns the one target bound to show beside the value: the only one, or the nearer of two, the lower where
// they are as near. It is false when b.Target is empty or not known.
func Nearest(value float64, b Bounds) (float64, bool) {
	low, high := b.Target.Lower, b.Target.Upper
	switch {
	case low == nil && high == nil, !b.Target.known():
		return 0, false
	case high == nil:
		return *low, true
	case low == nil:
		return *high, true
	case math.Abs(value-*high) < math.Abs(value-*low):
		return *high, true
	default:
		return *low, true
	}
}
