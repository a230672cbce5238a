package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// The verb of every change.
func TestBecomes(t *testing.T) {
	want := `at_risk off_target: went off target
on_target off_target: went off target
no_target off_target: went off target
unknown off_target: went off target
off_target at_risk: is better, but at risk
on_target at_risk: is now at risk
no_target at_risk: is now at risk
unknown at_risk: is now at risk
off_target on_target: is back on target
at_risk on_target: is back on target
no_target on_target: is on target
unknown on_target: is on target
off_target unknown: became unknown
at_risk unknown: became unknown
on_target unknown: became unknown
no_target unknown: became unknown
off_target no_target: has no target now
at_risk no_target: has no target now
on_target no_target: has no target now
unknown no_target: has no target now
`
	var b strings.Builder
	for _, now := range []status.Status{status.OffTarget, status.AtRisk, status.OnTarget, status.Unknown, status.NoTarget} {
		for _, before := range []status.Status{status.OffTarget, status.AtRisk, status.OnTarget, status.NoTarget, status.Unknown} {
			if now != before {
				fmt.Fprintf(&b, "%s %s: %s\n", before, now, becomes(now, before))
			}
		}
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A period to date that has ended, as on a page of the past, is not said to be running.
func TestPaceOfEnded(t *testing.T) {
	k := &config.KPI{Title: "Revenue", Period: period.Period{Kind: period.ToDate, Unit: period.Month}, Calendar: period.Calendar{Location: time.UTC}}
	february := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	for end, want := range map[time.Time]string{
		february.AddDate(0, 1, 0):  "Revenue ended off target: 70 (2026-02), needs ≥ 80, 10 short.",
		february.AddDate(0, 0, 14): "Revenue is behind its pace: 70 so far; the whole month needs ≥ 160.",
	} {
		s := subject{Surveyed: &insight.Surveyed{KPI: k, Now: collector.Result{
			KPI: k, Window: period.Window{Start: february, End: end}, Elapsed: 0.5,
			Samples: []collector.Sample{{Value: new(70.0), Status: status.OffTarget, More: &collector.Details{Bounds: []collector.BoundValue{{Tier: "target", Side: "lower", Value: 80}}}}},
		}}}
		s.now = VerdictOf(&s.Now)
		if got := paceSentence(&s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
