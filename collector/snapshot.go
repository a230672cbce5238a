package collector

import (
	"maps"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// Snapshot is what is known of every KPI at one moment. It never changes once it is published.
type Snapshot struct {
	Version uint64 // Grows with every change.
	Config  *config.Config
	KPIs    []KPIState // In the order of the configuration.
	Pools   map[string]*database.Pool
}

// KPIState is what is known of one KPI.
type KPIState struct {
	KPI         *config.KPI
	Last        *Result // The latest evaluation, nil before the first.
	Good        *Result // The latest that succeeded, nil if none did or its samples went stale.
	LastSuccess time.Time
	Evaluations uint64
	Failures    map[Reason]uint64
	Interval    time.Duration // Between two regular runs.
	StaleAfter  time.Duration

	descriptions *sampleDescriptions
}

func newKPIState(k *config.KPI, now time.Time) KPIState {
	i := interval(k, now)
	return KPIState{KPI: k, Interval: i, StaleAfter: staleAfter(k, i), descriptions: newSampleDescriptions(k)}
}

// record takes in a result.
func (s *KPIState) record(r *Result, now time.Time) {
	s.Last = r
	s.Evaluations++
	if r.Failure == nil {
		s.Good, s.LastSuccess = r, now
		return
	}
	failures := maps.Clone(s.Failures) // Snapshots hold the old one.
	if failures == nil {
		failures = map[Reason]uint64{}
	}
	failures[r.Failure.Reason]++
	s.Failures = failures
}

// staleAt returns when the samples go stale, zero if there are none.
func (s *KPIState) staleAt() time.Time {
	if s.Good == nil {
		return time.Time{}
	}
	return s.LastSuccess.Add(s.StaleAfter)
}

// expire withdraws samples that have gone stale and says whether it did.
func (s *KPIState) expire(now time.Time) bool {
	at := s.staleAt()
	if at.IsZero() || now.Before(at) {
		return false
	}
	s.Good = nil
	return true
}
