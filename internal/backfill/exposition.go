package backfill

import (
	"fmt"
	"slices"
	"strings"

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

// exposition turns results into the series that the exporter exposes of them.
type exposition struct {
	config *config.Config
	extra  []collector.Label
	copies map[string]string
}

func newExposition(cfg *config.Config, extra map[string]string) *exposition {
	x := &exposition{config: cfg, copies: copies()}
	for name, value := range extra {
		x.extra = append(x.extra, collector.Label{Name: name, Value: value})
	}
	return x
}

// of returns the series of a result that is not a failure.
func (x *exposition) of(r *collector.Result) []series {
	k := r.KPI
	var list []series
	expose := func(name string, value float64, labels ...collector.Label) {
		labels = append(labels, collector.Label{Name: "kpi", Value: k.Name})
		labels = append(labels, x.extra...)
		list = append(list, newSeries(name, value, labels))
		if recorded, ok := x.copies[name]; ok {
			labels = slices.DeleteFunc(labels, func(l collector.Label) bool { return slices.Contains(strippedByRules(), l.Name) })
			list = append(list, newSeries(recorded, value, labels))
		}
	}
	expose("kpi_info", 1, collector.Info(x.config, k)...)
	for _, d := range k.Databases {
		expose("kpi_database_info", 1, collector.Label{Name: "database", Value: d.Name})
	}
	expose("kpi_up", 1)
	names := k.LabelNames()
	r.Series(func(family string, value float64, own []string, more ...collector.Label) {
		labels := make([]collector.Label, len(own), len(own)+8)
		for i := range own {
			labels[i] = collector.Label{Name: names[i], Value: own[i]}
		}
		expose(family, value, append(labels, more...)...)
	})
	return list
}

// newSeries sorts the labels and leaves out the empty ones, which in Prometheus are the same as none.
func newSeries(name string, value float64, labels []collector.Label) series {
	sorted := make([]collector.Label, 0, len(labels)+1)
	sorted = append(sorted, collector.Label{Name: model.MetricNameLabel, Value: name})
	for _, l := range labels {
		if l.Value != "" {
			sorted = append(sorted, l)
		}
	}
	slices.SortFunc(sorted, func(a, b collector.Label) int { return strings.Compare(a.Name, b.Name) })
	return series{sorted, value}
}

// CheckLabels reports whether labels can be added to every series of the KPIs.
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
