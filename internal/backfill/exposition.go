package backfill

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// copies returns by family the names that the generated rules give to an exposed series as it is.
func copies() map[string]string {
	names := map[string]string{}
	for _, f := range series.All() {
		if f.Recorded != "" {
			names[f.Name] = f.Recorded
		}
	}
	return names
}

// strippedByRules are the labels that the recorded names lack.
func strippedByRules() []string { return []string{"instance", "pod"} }

// exposition turns results into the series that the exporter exposes of them.
type exposition struct {
	config *config.Config
	extra  []series.Label
	copies map[string]string
}

func newExposition(cfg *config.Config, extra map[string]string) *exposition {
	x := &exposition{config: cfg, copies: copies()}
	for name, value := range extra {
		x.extra = append(x.extra, series.Label{Name: name, Value: value})
	}
	return x
}

// of returns the series of a result that is not a failure.
func (x *exposition) of(r *collector.Result) []exposedSeries {
	k := r.KPI
	var list []exposedSeries
	expose := func(name string, value float64, labels ...series.Label) {
		labels = append(labels, series.Label{Name: "kpi", Value: k.Name})
		labels = append(labels, x.extra...)
		list = append(list, newSeries(name, value, labels))
		if recorded, ok := x.copies[name]; ok {
			labels = slices.DeleteFunc(labels, func(l series.Label) bool { return slices.Contains(strippedByRules(), l.Name) })
			list = append(list, newSeries(recorded, value, labels))
		}
	}
	expose(series.Info, 1, collector.Info(x.config, k)...)
	for _, d := range k.Databases {
		expose(series.DatabaseInfo, 1, series.Label{Name: "database", Value: d.Name})
	}
	expose(series.Up, 1)
	collector.Decisions(k, r.AsOf, func(value float64, labels ...series.Label) { expose(series.Decision, value, labels...) })
	names := k.LabelNames()
	r.Series(func(family string, value float64, own []string, more ...series.Label) {
		if family == series.PeriodInfo { // Messages of today need the words; the history has the instants.
			return
		}
		labels := make([]series.Label, len(own), len(own)+8)
		for i := range own {
			labels[i] = series.Label{Name: names[i], Value: own[i]}
		}
		expose(family, value, append(labels, more...)...)
	})
	return list
}

// newSeries sorts the labels and leaves out the empty ones, which in Prometheus are the same as none.
func newSeries(name string, value float64, labels []series.Label) exposedSeries {
	sorted := make([]series.Label, 0, len(labels)+1)
	sorted = append(sorted, series.Label{Name: model.MetricNameLabel, Value: name})
	for _, l := range labels {
		if l.Value != "" {
			sorted = append(sorted, l)
		}
	}
	slices.SortFunc(sorted, func(a, b series.Label) int { return strings.Compare(a.Name, b.Name) })
	return exposedSeries{sorted, value}
}

// CheckLabels reports whether labels can be added to every series of the KPIs.
func CheckLabels(kpis []*config.KPI, labels map[string]string) error {
	var taken []string
	for _, family := range []string{series.Info, series.DatabaseInfo, series.Decision, series.Bound, series.PreviousValue} {
		taken = append(taken, series.Find(family).Labels...)
	}
	for name := range labels {
		if !model.LegacyValidation.IsValidLabelName(name) || strings.HasPrefix(name, "__") {
			return fmt.Errorf("label %q: a name is made of letters, digits and _, and does not begin with __ or a digit", name)
		}
		if slices.Contains(taken, name) {
			return fmt.Errorf("label %q is reserved by the exporter", name)
		}
		for _, k := range kpis {
			if slices.Contains(k.LabelNames(), name) {
				return fmt.Errorf("label %q: kpi %q has a label of that name", name, k.Name)
			}
		}
	}
	return nil
}
