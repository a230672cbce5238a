package report

import (
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
)

// Segments of which some rose and others fell did not move alike, however little the smaller ones matter.
func TestAlike(t *testing.T) {
	for name, test := range map[string]struct {
		contributions []float64
		says          string
		table         bool
	}{
		"one way":   {[]float64{90, 10}, "all segments moved alike", false},
		"both ways": {[]float64{1668.8, 873.6, -110.9, -69}, "no segment stands out", true},
	} {
		t.Run(name, func(t *testing.T) {
			oneSign, delta := true, 0.0
			a := insight.Attribution{Label: "plan", Method: insight.Contribution}
			for _, c := range test.contributions {
				delta += c
				oneSign = oneSign && c > 0
				a.Segments = append(a.Segments, insight.Segment{Value: "p", Contribution: &c})
			}
			a.OneSign = oneSign
			x := insight.Explanation{KPI: &config.KPI{Name: "mrr"}, From: new(20_000.0), To: new(20_000 + delta), Delta: &delta, Alike: true, Attributions: []insight.Attribution{a}}
			var b strings.Builder
			if err := Why(&b, []insight.Explanation{x}); err != nil {
				t.Fatal(err)
			}
			if got := b.String(); !strings.Contains(got, "; "+test.says) || strings.Contains(got, "CONTRIBUTION") != test.table {
				t.Errorf("why: %s", got)
			}
			if got := WhyLine(&x); !strings.Contains(got, "; "+test.says+".") {
				t.Errorf("line: %s", got)
			}
		})
	}
}
