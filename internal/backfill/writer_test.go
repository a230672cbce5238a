package backfill

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

// TestGapsAreNotPassed looks at how far a run says that it came: never past a step that was left out, because a later run
// resumes there.
func TestGapsAreNotPassed(t *testing.T) {
	cfg := load(t, days)
	first := instant(t, "2026-01-01T00:00:00+01:00")
	for _, tc := range []struct {
		name string
		skip collector.Result
		want []int // Days that were reached.
	}{
		{"none", collector.Result{}, []int{0, 1, 2, 3}},
		{"the data did not reach it", collector.Result{Incomplete: true}, []int{0, 1}},
		{"it failed", collector.Result{Failure: &collector.Failure{Reason: collector.ReasonQuery, Err: errors.New("no such table")}}, []int{0, 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			j := job(t, cfg, "2026-01-01T00:00:00+01:00", "2026-01-04T00:00:00+01:00")
			j.Sparse = true
			out := &recordingSink{first: first}
			w := &writer{job: &j, out: out, expose: newExposition(cfg, j.Labels), ends: []time.Time{j.Ranges[0].To}, held: make([]held, 1), failed: map[string]bool{}}
			var report Report
			for day := range 4 {
				r := collector.Result{}
				if day == 1 {
					r = tc.skip
				}
				r.KPI, r.AsOf = cfg.KPIs[0], first.AddDate(0, 0, day)
				if err := w.step(t.Context(), r.AsOf, []int{0}, []collector.Result{r}, &report); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tc.want, out.days); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// recordingSink notes which days were reached.
type recordingSink struct {
	first time.Time
	days  []int
}

func (*recordingSink) hold([]exposedSeries) func(int64) error {
	return func(int64) error { return nil }
}
func (*recordingSink) samples() int { return 0 }

func (s *recordingSink) reached(next time.Time) error {
	s.days = append(s.days, int(next.Sub(s.first)/(24*time.Hour)))
	return nil
}
