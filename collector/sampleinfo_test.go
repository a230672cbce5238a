package collector

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

func TestSampleInfo(t *testing.T) {
	t.Parallel()
	bound := func(side string, v float64, source config.BoundSource) BoundValue {
		return BoundValue{Tier: "target", Side: side, Value: v, Source: string(source)}
	}
	tests := map[string]struct {
		kpi    config.KPI
		sample Sample
		want   []string
	}{
		"no labels, no target": {config.KPI{}, Sample{}, []string{"", "", ""}},
		"an empty label":       {config.KPI{}, Sample{Labels: []string{"pro", "", "eu"}}, []string{"pro, eu", "", ""}},
		"at least": {
			config.KPI{Unit: "currency:EUR"},
			Sample{More: &Details{Bounds: []BoundValue{bound("lower", 12345.6, config.Fixed), {Tier: "critical", Side: "lower", Value: 1}}}},
			[]string{"", "≥ 12.3K EUR", ""},
		},
		"between": {
			config.KPI{},
			Sample{More: &Details{Bounds: []BoundValue{bound("lower", 3, config.Fixed), bound("upper", 5, config.Fixed)}}},
			[]string{"", "3 to 5", ""},
		},
		"fixed, every digit":   {config.KPI{Unit: "ratio"}, Sample{More: &Details{Bounds: []BoundValue{bound("upper", 0.02235, config.Benchmark)}}}, []string{"", "≤ 2.235%", ""}},
		"moving, three digits": {config.KPI{Unit: "ratio"}, Sample{More: &Details{Bounds: []BoundValue{bound("upper", 0.022351, config.PreviousPeriod)}}}, []string{"", "≤ 2.24%", ""}},
		"prorated, three digits": {
			config.KPI{Target: &config.Target{Pace: true}}, Sample{More: &Details{Bounds: []BoundValue{bound("lower", 6123.4, config.Fixed)}}}, []string{"", "≥ 6.12K", ""},
		},
		"a length of time": {config.KPI{Unit: "seconds"}, Sample{More: &Details{Bounds: []BoundValue{bound("upper", 86400, config.Fixed)}}}, []string{"", "≤ 24 hours", ""}},
		"unknown":          {config.KPI{}, Sample{Status: status.Unknown, Reason: status.SmallSample}, []string{"", "", "small_sample"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for i, l := range test.sample.Info(&test.kpi) {
				if want := series.Find(series.SampleInfo).Labels[i+1]; l.Name != want {
					t.Errorf("label %d is %s, want %s", i, l.Name, want)
				}
				got = append(got, l.Value)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
