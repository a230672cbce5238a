package collector

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Describe sends nothing: each KPI has its own labels, which is what an unchecked collector is for.
func (c *Collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends what the latest snapshot holds.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	for _, s := range c.Snapshot().KPIs {
		own := c.metrics.of(s.KPI)
		s.metrics(func(family string, v float64, values ...string) {
			desc, ok := own[family]
			if !ok {
				desc = c.metrics.shared[family]
			}
			ch <- prometheus.MustNewConstMetric(desc, typeOf(family), v, values...)
		})
	}
}

// descriptions are the families that are exposed.
type descriptions struct {
	shared map[string]*prometheus.Desc // Those whose labels are the same for every KPI, by name.
	own    []series.Family             // The others.
}

func newDescriptions() *descriptions {
	d := &descriptions{shared: map[string]*prometheus.Desc{}}
	for _, f := range series.All() {
		if f.HasOwn {
			d.own = append(d.own, f)
		} else {
			d.shared[f.Name] = prometheus.NewDesc(f.Name, f.Help, f.Labels, nil)
		}
	}
	return d
}

// of returns the families of a KPI that carry its own labels, by name.
func (d *descriptions) of(k *config.KPI) map[string]*prometheus.Desc {
	all := make(map[string]*prometheus.Desc, len(d.own))
	for _, f := range d.own {
		all[f.Name] = prometheus.NewDesc(f.Name, f.Help, f.LabelNames(k.LabelNames()), nil)
	}
	return all
}

// typeOf returns the type of a family of KPIs.
func typeOf(family string) prometheus.ValueType {
	switch family {
	case series.Evaluations, series.EvaluationFailures, series.InvalidUTF8:
		return prometheus.CounterValue
	}
	return prometheus.GaugeValue
}

// yieldMetric takes a metric: the name of its family, and the values of its labels in the order of the family, which it must not
// keep.
type yieldMetric func(family string, v float64, values ...string)

// metrics calls yield for everything that is exposed of the KPI.
func (s *KPIState) metrics(yield yieldMetric) {
	ofKPI := func(family string, v float64, values ...string) {
		yield(family, v, append([]string{s.KPI.Name}, values...)...)
	}
	s.definition(ofKPI)
	Decisions(s.KPI, s.taken, func(value float64, labels ...series.Label) {
		values := make([]string, len(labels))
		for i, l := range labels {
			values[i] = l.Value
		}
		ofKPI(series.Decision, value, values...)
	})
	s.evaluations(ofKPI)
	if s.Good != nil {
		s.good(yield)
	}
}

// definition yields what the KPI is.
func (s *KPIState) definition(yield yieldMetric) {
	k := s.KPI
	var info []string
	for _, l := range Info(s.config, k) {
		info = append(info, l.Value)
	}
	yield(series.Info, 1, info...)
	for _, db := range k.Databases {
		yield(series.DatabaseInfo, 1, db.Name)
	}
	if !k.ReviewDue.IsZero() {
		yield(series.ReviewDue, unixSeconds(k.ReviewDue))
	}
	if k.Target != nil {
		if at, ok := k.Target.Expires(); ok {
			yield(series.TargetExpires, unixSeconds(at))
		}
	}
}

// evaluations yields how the evaluations of the KPI go.
func (s *KPIState) evaluations(yield yieldMetric) {
	yield(series.Interval, s.Interval.Seconds())
	yield(series.StaleAfter, s.StaleAfter.Seconds())
	yield(series.Evaluations, float64(s.Evaluations))
	for _, reason := range slices.Sorted(maps.Keys(s.Failures)) {
		yield(series.EvaluationFailures, float64(s.Failures[reason]), string(reason))
	}
	if s.InvalidUTF8 > 0 {
		yield(series.InvalidUTF8, float64(s.InvalidUTF8))
	}
	if !s.DataUntil.IsZero() {
		yield(series.DataUntil, unixSeconds(s.DataUntil))
	}
	for _, data := range s.Data {
		late := 0.0
		if data.Late {
			late = 1
		}
		yield(series.DataLate, late, data.Name)
	}
	if s.Last != nil {
		up := 0.0
		if s.Up() {
			up = 1
		}
		yield(series.Up, up)
		yield(series.EvaluationDuration, s.Last.Duration.Seconds())
	}
	if !s.LastSuccess.IsZero() {
		yield(series.LastSuccess, unixSeconds(s.LastSuccess))
	}
}

// good yields the last good result.
func (s *KPIState) good(yield yieldMetric) {
	labels := []string{s.KPI.Name}
	s.Good.Series(func(family string, v float64, own []string, more ...series.Label) {
		labels = append(labels[:1], own...)
		for _, l := range more {
			labels = append(labels, l.Value)
		}
		yield(family, v, labels...)
	})
	for i := range s.Good.Samples {
		sample := &s.Good.Samples[i]
		labels = append(labels[:1], sample.Labels...)
		for _, l := range sample.Info(s.KPI) {
			labels = append(labels, l.Value)
		}
		yield(series.SampleInfo, 1, labels...)
	}
}

// DatabaseMetrics collects the metrics about the exporter's databases.
type DatabaseMetrics struct{ Collector *Collector }

// Describe sends the descriptions of all metrics.
func (m DatabaseMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, family := range []string{series.DatabaseUp, series.DatabaseBusy, series.EvaluationQueue} {
		ch <- m.Collector.metrics.shared[family]
	}
}

// Collect sends the state of the databases.
func (m DatabaseMetrics) Collect(ch chan<- prometheus.Metric) {
	d, waiting := m.Collector.metrics.shared, 0
	for name, source := range m.Collector.Snapshot().Sources {
		stats := source.Stats()
		waiting += stats.Waiting
		if stats.Known {
			up := 0.0
			if stats.Up {
				up = 1
			}
			ch <- prometheus.MustNewConstMetric(d[series.DatabaseUp], prometheus.GaugeValue, up, name)
		}
		ch <- prometheus.MustNewConstMetric(d[series.DatabaseBusy], prometheus.GaugeValue, stats.BusyRatio, name)
	}
	ch <- prometheus.MustNewConstMetric(d[series.EvaluationQueue], prometheus.GaugeValue, float64(waiting))
}
