package report

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// complaints returns a ratio of cases.
func complaints(t *testing.T) *config.KPI {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpi.yaml")
	text := `databases: {app: {url: "sqlite:///app.db"}}
kpis:
  complaints: {title: Complaints, unit: ratio, period: instant, numerator: bad, denominator: everyone, query: "SELECT 7 AS bad, 200 AS everyone"}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.KPIs[0]
}

func TestChanceText(t *testing.T) {
	k := complaints(t)
	for name, test := range map[string]struct {
		n, d, low, high, target float64
		verdict                 status.Status
		want                    string
	}{
		"7 of 200 against at most 3%": {7, 200, 0.01706, 0.07047, 0.03, status.OffTarget, "could be chance: the underlying rate is between 1.706% and 7.047%; 1 fewer would meet it"},
		"against at least 5%":         {7, 200, 0.01706, 0.07047, 0.05, status.AtRisk, "could be chance: the underlying rate is between 1.706% and 7.047%; 3 more would meet it"},
		"no chance":                   {7, 200, 0.01706, 0.07047, 0.08, status.OffTarget, ""},
		"on target":                   {7, 200, 0.01706, 0.07047, 0.04, status.OnTarget, ""},
		"unknown":                     {7, 200, 0.01706, 0.07047, 0.03, status.Unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := collector.Sample{
				Value: new(test.n / test.d), Numerator: &test.n, Denominator: &test.d, SampleSize: &test.d, IsQuotient: true,
				More: &collector.Details{RangeLow: &test.low, RangeHigh: &test.high, Target: &test.target}, Status: test.verdict,
			}
			if got := ChanceText(k, &s); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
	if got := ChanceText(k, &collector.Sample{Status: status.OffTarget}); got != "" {
		t.Errorf("without a value: %q", got)
	}
}

func TestForecastText(t *testing.T) {
	k := &config.KPI{Unit: "currency:EUR", Period: period.Period{Kind: period.ToDate, Unit: period.Month}, Target: &config.Target{Pace: true, Profile: true}}
	for want, s := range map[string]collector.Sample{
		"": {More: &collector.Details{PaceMethod: collector.PaceProfile, PacePeriods: 6}},
		"116k EUR, between 100k EUR and 133k EUR in 5 of 7 cases": {More: &collector.Details{Forecast: new(115_942.03), ForecastLow: new(100_000.0), ForecastHigh: new(133_333.33), PacePeriods: 6}},
		"116k EUR, at least 100k EUR in 2 of 4 cases":             {More: &collector.Details{Forecast: new(115_942.03), ForecastLow: new(100_000.0), PacePeriods: 3}},
		"-116k EUR, at most -100k EUR in 3 of 5 cases":            {More: &collector.Details{Forecast: new(-115_942.03), ForecastHigh: new(-100_000.0), PacePeriods: 4}},
		"48k EUR": {More: &collector.Details{Forecast: new(48_000.0), PaceMethod: collector.PaceLinear}},
	} {
		if got := ForecastText(k, &s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := PaceText(k, &collector.Sample{More: &collector.Details{PaceMethod: collector.PaceLinear}}); got != "the pace is linear, because there are fewer than 3 earlier months to go by" {
		t.Errorf("linear: %q", got)
	}
	if got := PaceText(k, &collector.Sample{More: &collector.Details{PaceMethod: collector.PaceProfile}}); got != "" {
		t.Errorf("profile: %q", got)
	}
}
