package collector

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// Snapshot is what is known about every KPI at one moment. It never changes once it is published.
type Snapshot struct {
	Version uint64 // Grows with every change.
	Config  *config.Config
	Taken   time.Time  // Decisions whose date had come by then are in force.
	KPIs    []KPIState // In the order of the configuration.
	Sources map[string]database.Source

	evaluator *Evaluator
}

// EvaluateInBackground evaluates KPIs of the snapshot's configuration as Evaluator.Evaluate does, without delaying what is
// scheduled: its queries run one at a time in each database, while none of the schedule waits for a connection. One that runs
// when such a query comes is interrupted; see Failure.Interrupted.
func (s *Snapshot) EvaluateInBackground(ctx context.Context, requests []Request) []Result {
	requests = slices.Clone(requests)
	for i := range requests {
		requests[i].background = true
	}
	return s.evaluator.Evaluate(ctx, requests)
}

// KPIState is what is known about one KPI.
type KPIState struct {
	KPI         *config.KPI
	Last        *Result   // The latest evaluation, nil before the first.
	Good        *Result   // The latest that succeeded, nil if none did or its samples went stale.
	LastSuccess time.Time // When the oldest part of what is shown was evaluated.
	DataUntil   time.Time // How far the data reached when that was last fetched, zero without data_until.
	Data        []Data    // The same for each of the data, and whether it is late.
	Attempts    []Attempt // The latest ones, the oldest first.
	Evaluations uint64
	Failures    map[FailureReason]uint64
	InvalidUTF8 uint64        // Label values that were read and are not UTF-8.
	Interval    time.Duration // Between two regular runs.
	StaleAfter  time.Duration

	freshnessFailed bool // The latest evaluation could not find out how far the data reaches.

	// By database, where some of Good is from an earlier evaluation than the rest, or missing; nil where all is from one.
	successes    map[string]time.Time
	descriptions map[string]*prometheus.Desc // By family.
}

func newKPIState(k *config.KPI, shared map[string]*prometheus.Desc, now time.Time) KPIState {
	s := KPIState{KPI: k, descriptions: newKPIDescriptions(k, shared)}
	if k.Cron != nil {
		now = lastFiring(*k.Cron, now, k.Calendar.Location)
	}
	s.setInterval(now)
	return s
}

// setInterval sets how long a success as of ran counts: a cron may have a weekend before it.
func (s *KPIState) setInterval(ran time.Time) {
	s.Interval = interval(s.KPI, ran)
	s.StaleAfter = staleAfter(s.KPI, s.Interval)
}

// record records a result.
func (s *KPIState) record(r *Result, now time.Time) {
	if !r.DataUntil.IsZero() {
		s.DataUntil = r.DataUntil
	}
	if s.freshnessFailed = r.Data == nil && r.Failure != nil; r.Data != nil {
		s.Data = r.Data
	}
	if r.skipped { // Waiting for data is a success: the result is as good as can be, and does not go stale.
		s.LastSuccess, s.successes = now.Round(0), nil
		s.setInterval(r.scheduledAsOf)
		if s.Last = s.Good; s.Good == nil {
			s.Last = r
		}
		return
	}
	s.Last = r
	s.Evaluations++
	s.remember(r, now.Round(0))
	s.InvalidUTF8 += r.invalid
	if r.Failure == nil {
		s.Good, s.LastSuccess, s.successes = r, now.Round(0), nil // By the wall's clock, so that a machine that sleeps ages its values too.
		s.setInterval(r.scheduledAsOf)
		return
	}
	if r.partly() {
		s.recordDatabases(r, now.Round(0))
		s.setInterval(r.scheduledAsOf)
	}
	failures := maps.Clone(s.Failures) // Snapshots hold the old one.
	if failures == nil {
		failures = map[FailureReason]uint64{}
	}
	failures[r.Failure.Reason]++
	s.Failures = failures
}

// WaitsForData reports whether nothing was ever evaluated, since the data has not come yet.
func (s *KPIState) WaitsForData() bool { return s.Good == nil && s.Last != nil && s.Last.skipped }

// staleAt returns when the samples go stale, zero if there are none.
func (s *KPIState) staleAt() time.Time {
	if s.Good == nil {
		return time.Time{}
	}
	return s.LastSuccess.Add(s.StaleAfter)
}

// expire withdraws samples that have gone stale and reports whether it did, and of which databases where others may stay.
func (s *KPIState) expire(now time.Time) (databases []string, did bool) {
	at := s.staleAt()
	switch {
	case at.IsZero() || now.Before(at):
		return nil, false
	case s.successes != nil:
		return s.expireDatabases(now), true
	}
	s.Good = nil
	return nil, true
}
