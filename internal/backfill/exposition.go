package backfill

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
)

// copies are the recorded names that the generated rules give to an exposed series as it is.
func copies() map[string]string {
	return map[string]string{
		"kpi_value":                "kpi:value:max",
		"kpi_target":               "kpi:target:max",
		"kpi_bound":                "kpi:bound:max",
		"kpi_status":               "kpi:status:max",
		"kpi_attainment_ratio":     "kpi:attainment:ratio",
		"kpi_forecast_value":       "kpi:forecast:max",
		"kpi_period_elapsed_ratio": "kpi:elapsed:ratio",
		"kpi_up":                   "kpi:up:max",
		"kpi_info":                 "kpi:info:last",
	}
}

// strippedByRules are the labels that the recorded names lack.
func strippedByRules() []string { return []string{"instance", "pod"} }

type label struct{ name, value string }

// exposition turns results into the series that the exporter exposes of them.
type exposition struct {
	config *config.Config
	extra  []label
	copies map[string]string
}

func newExposition(cfg *config.Config, extra map[string]string) *exposition {
	x := &exposition{config: cfg, copies: copies()}
	for name, value := range extra {
		x.extra = append(x.extra, label{name, value})
	}
	return x
}

// of returns the series of a result that is no failure.
func (x *exposition) of(r *collector.Result) []series {
	k := r.KPI
	var list []series
	expose := func(name string, value float64, labels ...label) {
		labels = append(labels, label{"kpi", k.Name})
		labels = append(labels, x.extra...)
		list = append(list, newSeries(name, value, labels))
		if recorded, ok := x.copies[name]; ok {
			labels = slices.DeleteFunc(labels, func(l label) bool { return slices.Contains(strippedByRules(), l.name) })
			list = append(list, newSeries(recorded, value, labels))
		}
	}
	expose("kpi_info", 1,
		label{"product", x.config.Product},
		label{"title", k.Title},
		label{"description", firstRunes(k.Description, 1000)},
		label{"category", k.Category},
		label{"objective", k.Objective},
		label{"owner", k.Owner},
		label{"level", k.Level},
		label{"unit", string(k.Unit)},
		label{"grafana_unit", k.Unit.Grafana()},
		label{"direction", string(k.Direction())},
		label{"period", k.Period.String()},
		label{"runbook", k.Runbook},
		label{"dashboard", x.config.DashboardURL(k)})
	for _, d := range k.Databases {
		expose("kpi_database_info", 1, label{"database", d.Name})
	}
	expose("kpi_up", 1)
	expose("kpi_period_start_timestamp_seconds", unixSeconds(r.Window.Start))
	expose("kpi_period_end_timestamp_seconds", unixSeconds(r.Window.End))
	expose("kpi_period_elapsed_ratio", r.Elapsed)
	names := k.LabelNames()
	for i := range r.Samples {
		s := &r.Samples[i]
		own := make([]label, len(names), len(names)+8)
		for i, name := range names {
			own[i] = label{name, s.Labels[i]}
		}
		gauge := func(name string, value *float64) {
			if value != nil {
				expose(name, *value, own...)
			}
		}
		gauge("kpi_value", s.Value)
		gauge("kpi_target", s.Target)
		gauge("kpi_attainment_ratio", s.Attainment)
		gauge("kpi_sample_size", s.SampleSize)
		gauge("kpi_pace_ratio", s.Pace)
		gauge("kpi_forecast_value", s.Forecast)
		if v, ok := s.Status.Value(); ok {
			gauge("kpi_status", &v)
		}
		for _, b := range s.Bounds {
			expose("kpi_bound", b.Value, append(slices.Clone(own), label{"tier", b.Tier}, label{"side", b.Side})...)
		}
		for _, p := range s.Previous {
			expose("kpi_previous_value", p.Value, append(slices.Clone(own), label{"compared_with", p.ComparedWith})...)
		}
	}
	return list
}

// newSeries sorts the labels and leaves out the empty ones, which in Prometheus are the same as none.
func newSeries(name string, value float64, labels []label) series {
	sorted := make([]label, 0, len(labels)+1)
	sorted = append(sorted, label{model.MetricNameLabel, name})
	for _, l := range labels {
		if l.value != "" {
			sorted = append(sorted, l)
		}
	}
	slices.SortFunc(sorted, func(a, b label) int { return strings.Compare(a.name, b.name) })
	return series{sorted, value}
}

// CheckLabels says whether labels can be added to every series of the KPIs.
func CheckLabels(kpis []*config.KPI, labels map[string]string) error {
	taken := strings.Fields("kpi product title description category objective owner level unit grafana_unit direction period" +
		" runbook dashboard database tier side compared_with __name__")
	for name := range labels {
		if !model.LegacyValidation.IsValidLabelName(name) || strings.HasPrefix(name, "__") {
			return fmt.Errorf("label %q: a name is made of letters, digits and _, and does not begin with __ or a digit", name)
		}
		if slices.Contains(taken, name) {
			return fmt.Errorf("label %q is one of the exporter's own", name)
		}
		for _, k := range kpis {
			if slices.Contains(k.LabelNames(), name) {
				return fmt.Errorf("label %q: kpi %q has a label of that name", name, k.Name)
			}
		}
	}
	return nil
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
