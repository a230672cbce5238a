package report

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// signups is a KPI with a label.
func signups() *config.KPI {
	k := &config.KPI{Name: "signups", Unit: "users", SuppressBelow: new(5.0)}
	k.Labels = []config.Label{{Name: "plan"}}
	return k
}

func TestRows(t *testing.T) {
	k := signups()
	bounds := []collector.BoundValue{{Tier: "target", Side: "lower", Value: 12_000}, {Tier: "critical", Side: "lower", Value: 1}}
	for name, test := range map[string]struct {
		result collector.Result
		want   []Row
	}{
		"samples": {
			collector.Result{KPI: k, Samples: []collector.Sample{
				{Labels: []string{"pro"}, Value: new(18_849.0), More: &collector.Details{Bounds: bounds, Attainment: new(1.5)}, Status: status.OnTarget},
				{Labels: []string{"team"}, Suppressed: true, Status: status.Unknown, Reason: status.Withheld},
				{Labels: []string{"trial"}, Status: status.NoTarget},
				{Labels: []string{"basic"}, Value: new(11_999.0), More: &collector.Details{Bounds: bounds, Attainment: new(0.99992)}, Status: status.AtRisk},
			}},
			[]Row{
				{"plan=pro", "18.8k", "≥ 12k", "150%", "on target"},
				{"plan=team", "withheld (fewer than 5)", "", "", "unknown (withheld)"},
				{"plan=trial", "no value", "", "", "no target"},
				{"plan=basic", "11.999k", "≥ 12k", "99%", "at risk"},
			},
		},
		"incomplete": {
			collector.Result{KPI: k, Incomplete: true, Samples: []collector.Sample{{Labels: []string{"pro"}, Value: new(1.0), Status: status.Unknown, Reason: status.DataLate}}},
			[]Row{{"plan=pro", "1", "", "", "unknown (waits for data)"}},
		},
		"no rows":     {collector.Result{KPI: k}, []Row{{Value: "no rows"}}},
		"no rows yet": {collector.Result{KPI: &config.KPI{Target: &config.Target{}}, Incomplete: true}, []Row{{Value: "no rows", Status: "unknown (waits for data)"}}},
		"before data": {collector.Result{KPI: k, BeforeData: true}, []Row{{Value: status.BeforeData.Text()}}},
		"failed": {
			collector.Result{KPI: k, Failure: &collector.Failure{Reason: collector.ReasonTimeout, Err: errors.New("late")}},
			[]Row{{Status: "failed: timeout"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Rows(test.result)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestTrends(t *testing.T) {
	k := signups()
	pro, team := []string{"pro"}, []string{"team"}
	periods := []collector.Result{
		{KPI: k, Samples: []collector.Sample{{Labels: team, Value: new(3.0)}, {Labels: pro, Value: new(1.0)}}},
		{KPI: k, Failure: &collector.Failure{Reason: collector.ReasonQuery}},
		{KPI: k, Samples: []collector.Sample{{Labels: pro, Value: new(2.0), Status: status.OnTarget}}},
	}
	want := []Trend{
		{Row{Labels: "plan=pro", Value: "2", Status: "on target"}, []*float64{new(1.0), nil, new(2.0)}},
		{Row{Labels: "plan=team", Value: "no row"}, []*float64{new(3.0), nil, nil}},
	}
	if diff := cmp.Diff(want, Trends(periods)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want = []Trend{
		{Row{Labels: "plan=pro", Status: "failed: query"}, []*float64{new(1.0), nil}},
		{Row{Labels: "plan=team", Status: "failed: query"}, []*float64{new(3.0), nil}},
	}
	if diff := cmp.Diff(want, Trends(periods[:2])); diff != "" {
		t.Errorf("failed now, -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]Trend{{Row: Row{Status: "failed: query"}}}, Trends(periods[1:2])); diff != "" {
		t.Errorf("failed alone, -want +got:\n%s", diff)
	}
}
