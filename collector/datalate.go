package collector

import (
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Data is something with a data_until: a named query, a database, or a file of values, whose last row says it.
type Data struct {
	Name   string
	Until  time.Time // How far it reaches; zero: no data has arrived yet.
	Late   bool      // The first period that it does not cover has been due for longer than stale_after.
	ByHand bool      // It is a file of values.

	due time.Time // When the first period that it does not cover is due; zero: at once.
}

// merge adds what else reports for the same name. Zero instants are before all others.
func (d *Data) merge(other Data) {
	if other.Until.Before(d.Until) {
		d.Until = other.Until
	}
	if other.due.Before(d.due) {
		d.due = other.due
	}
}

// lateAt returns the instant from which the data is late if it reaches no further; zero if it is late at once.
func (d *Data) lateAt(staleAfter time.Duration) time.Time {
	if d.due.IsZero() {
		return time.Time{}
	}
	return d.due.Add(staleAfter)
}

// lateBy reports whether the data is late at an instant.
func (d *Data) lateBy(now time.Time, staleAfter time.Duration) bool {
	return !now.Before(d.lateAt(staleAfter))
}

// lateFor reports whether a KPI requested at an instant waits for data that is late by then.
func (r *Result) lateFor(asOf time.Time) bool {
	patience := staleAfter(r.KPI, interval(r.KPI, asOf))
	return slices.ContainsFunc(r.Data, func(d Data) bool { return d.lateBy(asOf, patience) })
}

// LateAt returns the instant from which the data that the KPI waits for is late, if it reaches no further; zero if it is late
// at once.
func (r *Result) LateAt() time.Time {
	patience := staleAfter(r.KPI, interval(r.KPI, r.AsOf))
	var first time.Time
	for i := range r.Data {
		if at := r.Data[i].lateAt(patience); i == 0 || at.Before(first) {
			first = at
		}
	}
	return first
}

// nextLate returns when data that is not late becomes so; zero if there is none, or nobody knows how far it reaches.
func (s *KPIState) nextLate() (next time.Time) {
	if s.freshnessFailed {
		return time.Time{}
	}
	for i := range s.Data {
		d := &s.Data[i]
		if at := d.lateAt(s.StaleAfter); !d.Late && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// checkData decides what of the data is late, and reports whether that has changed. While data_until fails, nothing changes.
func (s *KPIState) checkData(now time.Time) (changed bool) {
	if s.freshnessFailed {
		return false
	}
	for i := range s.Data {
		late := s.Data[i].lateBy(now, s.StaleAfter)
		if late == s.Data[i].Late {
			continue
		}
		if !changed {
			s.Data, changed = slices.Clone(s.Data), true // Snapshots hold the old one.
		}
		s.Data[i].Late = late
	}
	return changed
}

// shown returns the state as people see it: without verdicts while data is late. The values stay, each with its own period.
func (s *KPIState) shown() KPIState {
	shown := *s
	if s.Good == nil || !slices.ContainsFunc(s.Data, func(d Data) bool { return d.Late }) {
		return shown
	}
	waiting := s.Good.Waiting()
	if shown.Good = &waiting; s.Last == s.Good {
		shown.Last = &waiting
	}
	return shown
}

// Waiting returns the result without its verdicts, as it is shown while data is late.
func (r Result) Waiting() Result {
	r.Samples = slices.Clone(r.Samples)
	for i := range r.Samples {
		if s := &r.Samples[i]; s.Status != status.NoTarget {
			s.Status, s.Reason = status.Unknown, status.DataLate
		}
	}
	return r
}
