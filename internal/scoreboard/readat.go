package scoreboard

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
)

// readAt returns when a result was read: after a restart that may have been before it.
func readAt(r *collector.Result, now time.Time) time.Time {
	if r.ReadAt.IsZero() {
		return now
	}
	return r.ReadAt
}

// newestRead returns when the first of the newest two periods of a KPI was read, as of an instant: a day later they are read again.
func (s *kept) newestRead(kpi *config.KPI, at, now time.Time) time.Time {
	instants := []time.Time{at}
	for _, t := range kpi.Period.History(kpi.Settled(at).Time, 2, kpi.Calendar) {
		instants = append(instants, kpi.AsOf(config.Settled{Time: t}))
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	first := now
	for _, asOf := range instants {
		if e, ok := s.entries[keyOf(kpi, asOf)]; ok && e.readAt.Before(first) {
			first = e.readAt
		}
	}
	return first
}
