package insight

import (
	"testing"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// TestWithheldSaysSo withholds values of KPIs with and without a target.
func TestWithheldSaysSo(t *testing.T) {
	for name, test := range map[string]struct {
		kpi    *config.KPI
		status status.Status
		reason status.UnknownReason
	}{
		"target":    {&config.KPI{Target: &config.Target{}}, status.Unknown, "withheld"},
		"no target": {&config.KPI{}, status.NoTarget, ""},
	} {
		r := collector.Result{KPI: test.kpi, Samples: []collector.Sample{{Value: new(4.0), Status: status.OnTarget}}}
		if s := hiddenSamples(r.KPI, r.Samples)[0]; s.Value != nil || !s.Suppressed || s.Status != test.status || s.Reason != test.reason {
			t.Errorf("%s: %+v, want %s, %s", name, s, test.status, test.reason)
		}
	}
}
