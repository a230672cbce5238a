package collector

import (
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// The last attempts are remembered, the oldest first, and what a snapshot holds does not change.
func TestAttempts(t *testing.T) {
	s := KPIState{KPI: &config.KPI{Every: time.Minute}}
	begin := time.Date(2026, 5, 5, 0, 0, 0, 0, time.UTC)
	for i := range maxAttempts {
		s.record(&Result{KPI: s.KPI, AsOf: begin.Add(time.Duration(i) * time.Minute), Samples: make([]Sample, i)}, moment{wall: begin})
	}
	held := s.Attempts
	s.record(&Result{KPI: s.KPI, AsOf: begin.Add(time.Hour), Duration: time.Second, Failure: failf(ReasonTimeout, "too slow")}, moment{wall: begin.Add(time.Hour)})
	s.record(&Result{KPI: s.KPI, skipped: true}, moment{wall: begin.Add(2 * time.Hour)})
	if len(held) != maxAttempts || held[0].Samples != 0 || held[maxAttempts-1].Samples != maxAttempts-1 {
		t.Errorf("held: %v", held)
	}
	want := Attempt{At: begin.Add(time.Hour), AsOf: begin.Add(time.Hour), Took: time.Second, Failure: ReasonTimeout}
	if n := len(s.Attempts); n != maxAttempts || s.Attempts[n-1] != want || s.Attempts[0].Samples != 1 {
		t.Errorf("%d attempts, from %v to %v", n, s.Attempts[0], s.Attempts[n-1])
	}
}
