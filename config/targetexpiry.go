package config

import (
	"iter"
	"time"
)

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
