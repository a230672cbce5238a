package collector

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// Label is the name and the value of a label.
type Label struct{ Name, Value string }

// Info returns the labels of kpi_info beside kpi, in the order of its family. An empty one has no value.
func Info(cfg *config.Config, k *config.KPI) []Label {
	return []Label{
		{"product", cfg.Product},
		{"title", k.Title},
		{"description", firstRunes(k.Description, 1000)},
		{"category", k.Category},
		{"objective", k.Objective},
		{"owner", k.Owner},
		{"level", k.Level},
		{"unit", string(k.Unit)},
		{"grafana_unit", k.Unit.Grafana()},
		{"direction", string(k.Direction())},
		{"period", k.Period.String()},
		{"runbook", k.Runbook},
		{"dashboard", cfg.DashboardURL(k)},
	}
}

// Series calls yield for every series that a result without a Failure shows of its period and its samples: with the
// family, the value, and the labels beside kpi, which are the values of the KPI's own in the order of its LabelNames (none
// for those of the period) and more.
func (r Result) Series(yield func(family string, value float64, own []string, more ...Label)) {
	yield("kpi_period_start_timestamp_seconds", unixSeconds(r.Window.Start), nil)
	yield("kpi_period_end_timestamp_seconds", unixSeconds(r.Window.End), nil)
	yield("kpi_period_elapsed_ratio", r.Elapsed, nil)
	for i := range r.Samples {
		s := &r.Samples[i]
		known := func(family string, value *float64) {
			if value != nil {
				yield(family, *value, s.Labels)
			}
		}
		known("kpi_value", s.Value)
		known("kpi_target", s.Target)
		known("kpi_attainment_ratio", s.Attainment)
		known("kpi_sample_size", s.SampleSize)
		known("kpi_pace_ratio", s.Pace)
		known("kpi_forecast_value", s.Forecast)
		if v, ok := s.Status.Value(); ok {
			yield("kpi_status", v, s.Labels)
		}
		for _, b := range s.Bounds {
			yield("kpi_bound", b.Value, s.Labels, Label{"tier", b.Tier}, Label{"side", b.Side})
		}
		for _, p := range s.Previous {
			yield("kpi_previous_value", p.Value, s.Labels, Label{"compared_with", p.ComparedWith})
		}
	}
}

func firstRunes(s string, n int) string {
	count := 0
	for i := range s {
		if count == n {
			return s[:i]
		}
		count++
	}
	return s
}

func unixSeconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
