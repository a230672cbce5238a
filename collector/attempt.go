package collector

import (
	"slices"
	"time"
)

// maxAttempts is how many attempts are remembered of each KPI.
const maxAttempts = 20

// Attempt is one attempt to evaluate a KPI on its schedule.
type Attempt struct {
	At      time.Time     // When its outcome was known.
	AsOf    time.Time     // As of when it evaluated.
	Took    time.Duration // Without waiting for a connection.
	Samples int
	Failure FailureReason // "" if it succeeded.
}

// remember adds an attempt behind those of the past. Snapshots hold the old ones.
func (s *KPIState) remember(r *Result, now time.Time) {
	a := Attempt{At: now, AsOf: r.AsOf, Took: r.Duration, Samples: len(r.Samples)}
	if r.Failure != nil {
		a.Failure = r.Failure.Reason
	}
	s.Attempts = append(slices.Clone(s.Attempts[max(0, len(s.Attempts)-maxAttempts+1):]), a)
}
