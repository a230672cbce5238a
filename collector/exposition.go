package collector

import (
	"cmp"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Metrics calls yield for every metric that is exposed of the KPI, with its family, neither of which yield may keep or change:
// the same metrics as Collect sends, without a description of each.
func (s *KPIState) Metrics(yield func(family *dto.MetricFamily, metric *dto.Metric)) {
	reused := map[string]*reusedMetric{}
	s.metrics(func(name string, v float64, values ...string) {
		m, ok := reused[name]
		if !ok {
			m = newReusedMetric(s.exposed[name], s.KPI.LabelNames())
			reused[name] = m
		}
		yield(m.family, m.with(v, values))
	})
}

// exposedFamily is a family of KPIs as it is exposed.
type exposedFamily struct {
	series.Family
	exposed dto.MetricFamily // Without metrics.
}

func exposedFamilies() map[string]*exposedFamily {
	all := map[string]*exposedFamily{}
	for _, f := range series.All() {
		kind := dto.MetricType_GAUGE
		if typeOf(f.Name) == prometheus.CounterValue {
			kind = dto.MetricType_COUNTER
		}
		all[f.Name] = &exposedFamily{f, dto.MetricFamily{Name: &f.Name, Help: &f.Help, Type: &kind}}
	}
	return all
}

// reusedMetric is a metric of a KPI's family, which takes one value after another.
type reusedMetric struct {
	family *dto.MetricFamily
	metric dto.Metric
	value  float64
	labels []string
}

func newReusedMetric(f *exposedFamily, own []string) *reusedMetric {
	names := f.LabelNames(own)
	m := &reusedMetric{family: &f.exposed, labels: make([]string, len(names))}
	pairs := make([]dto.LabelPair, len(names))
	m.metric.Label = make([]*dto.LabelPair, len(names))
	for i := range names {
		pairs[i].Name, pairs[i].Value = &names[i], &m.labels[i]
		m.metric.Label[i] = &pairs[i]
	}
	slices.SortFunc(m.metric.Label, func(a, b *dto.LabelPair) int { return cmp.Compare(a.GetName(), b.GetName()) })
	if m.family.GetType() == dto.MetricType_COUNTER {
		m.metric.Counter = &dto.Counter{Value: &m.value}
	} else {
		m.metric.Gauge = &dto.Gauge{Value: &m.value}
	}
	return m
}

// with returns the metric with a value and the values of its labels, in the order of its family.
func (m *reusedMetric) with(v float64, values []string) *dto.Metric {
	m.value = v
	copy(m.labels, values)
	return &m.metric
}
