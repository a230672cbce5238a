package config

import "time"

// Settled is an instant up to which a KPI measures: an as-of that is moved back by the KPI's settle. Every KPI has a settle of its
// own, so a settled instant belongs to one KPI; an as-of, a time.Time, is the same for all that a formula reads.
type Settled struct{ time.Time }

// Settled returns the instant up to which the KPI measures as of another.
func (k *KPI) Settled(asOf time.Time) Settled { return Settled{asOf.Add(-k.Settle)} }

// AsOf is the reverse of Settled.
func (k *KPI) AsOf(at Settled) time.Time { return at.Add(k.Settle) }

// NextClose returns the first as-of after another at which a complete period of the KPI has closed and settled; false for a KPI
// without complete periods.
func (k *KPI) NextClose(asOf time.Time) (time.Time, bool) {
	closed, ok := k.Period.NextClose(k.Settled(asOf).Time, k.Calendar)
	return k.AsOf(Settled{closed}), ok
}

// Latest returns the instants as of which the last n periods of the KPI are evaluated, the oldest first and asOf last.
func (k *KPI) Latest(asOf time.Time, n int) []time.Time {
	return k.Period.Latest(asOf, n, k.Settle, k.Calendar)
}
