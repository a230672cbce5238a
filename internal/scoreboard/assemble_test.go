package scoreboard

import (
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

// TestReportComparesMidnights has KPIs that meet their targets at each midnight, and never in between.
func TestReportComparesMidnights(t *testing.T) {
	url := newRows(t, 1)
	const query = `query: "SELECT CASE WHEN :as_of LIKE '%00:00:00%' THEN 0 ELSE 1 END AS value"`
	_, k := serve(t, load(t, `databases: {app: {url: "`+url+`"}}
timezone: UTC
kpis:
  level: {title: Level, period: instant, every: 100h, target: {at_most: 0}, `+query+`}
  trailing: {title: Trailing, period: {trailing: 7d}, every: 100h, target: {at_most: 0}, `+query+`}
`))
	eventually(t, "all is read", k.whole)
	b := k.Board()
	for i := range b.KPIs {
		if v := b.KPIs[i].Now.Samples[0].Value; *v != 1 {
			t.Fatalf("%s is %v now, want 1", b.KPIs[i].Surveyed.KPI.Name, *v)
		}
	}
	r := report.New(b.Config, b.Survey(period.Week), period.Week)
	if len(r.Changed) > 0 || len(r.Off) > 0 {
		t.Errorf("%d changed status and %d are still off, want none: every midnight met the target", len(r.Changed), len(r.Off))
	}
	for _, s := range b.Survey(period.Week).KPIs {
		if s.Before.Failure != nil {
			t.Errorf("%s: %v", s.KPI.Name, s.Before.Failure)
		}
	}
}

// TestBoardInProductZone has a product whose time zone is not that of the machine.
func TestBoardInProductZone(t *testing.T) {
	_, k := serve(t, load(t, `databases: {app: {url: "`+newRows(t, 1)+`"}}
timezone: Asia/Kathmandu
history: 0
kpis:
  k: {title: K, period: instant, query: SELECT 1 AS value}
`))
	past, err := k.BoardAt(t.Context(), k.Board().AsOf.UTC().AddDate(0, 0, -1))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*Board{"now": k.Board(), "past": past} {
		if zone := b.AsOf.Location().String(); zone != "Asia/Kathmandu" {
			t.Errorf("%s: as of a time in %s, want Asia/Kathmandu", name, zone)
		}
	}
}
