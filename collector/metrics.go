package collector

import (
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Describe sends nothing: each KPI has its own labels, which is what an unchecked collector is for.
func (c *Collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends what the latest snapshot holds.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	snapshot := c.Snapshot()
	for i := range snapshot.KPIs {
		snapshot.KPIs[i].collect(ch, snapshot.Config, snapshot.Taken)
	}
}

// Snapshot returns the latest snapshot.
func (c *Collector) Snapshot() *Snapshot { return c.snapshot.Load() }

// Version returns a number that grows whenever what Collect sends has changed.
func (c *Collector) Version() uint64 { return c.Snapshot().Version }

// newDescriptions returns the families whose labels are the same for every KPI, by name.
func newDescriptions() map[string]*prometheus.Desc {
	descriptions := map[string]*prometheus.Desc{}
	for _, f := range series.All() {
		if !f.HasOwn {
			descriptions[f.Name] = prometheus.NewDesc(f.Name, f.Help, f.Labels, nil)
		}
	}
	return descriptions
}

// newKPIDescriptions returns all families of a KPI by name: those that carry its own labels, and the shared ones.
func newKPIDescriptions(k *config.KPI, shared map[string]*prometheus.Desc) map[string]*prometheus.Desc {
	descriptions := maps.Clone(shared)
	for _, f := range series.All() {
		if f.HasOwn {
			descriptions[f.Name] = prometheus.NewDesc(f.Name, f.Help, f.LabelNames(k.LabelNames()), nil)
		}
	}
	return descriptions
}

func (s *KPIState) collect(ch chan<- prometheus.Metric, cfg *config.Config, taken time.Time) {
	s.collectDefinition(ch, cfg)
	Decisions(s.KPI, taken, func(value float64, labels ...series.Label) {
		values := make([]string, len(labels))
		for i, l := range labels {
			values[i] = l.Value
		}
		s.gauge(ch, series.Decision, value, values...)
	})
	s.collectEvaluations(ch)
	if s.Good != nil {
		s.collectGood(ch)
	}
}

// gauge sends a series of a family without a KPI's own labels.
func (s *KPIState) gauge(ch chan<- prometheus.Metric, family string, v float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(s.descriptions[family], prometheus.GaugeValue, v, append([]string{s.KPI.Name}, labels...)...)
}

// counter is gauge for what only grows.
func (s *KPIState) counter(ch chan<- prometheus.Metric, family string, v uint64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(s.descriptions[family], prometheus.CounterValue, float64(v), append([]string{s.KPI.Name}, labels...)...)
}

// collectDefinition sends what the KPI is.
func (s *KPIState) collectDefinition(ch chan<- prometheus.Metric, cfg *config.Config) {
	k := s.KPI
	var info []string
	for _, l := range Info(cfg, k) {
		info = append(info, l.Value)
	}
	s.gauge(ch, series.Info, 1, info...)
	for _, db := range k.Databases {
		s.gauge(ch, series.DatabaseInfo, 1, db.Name)
	}
	if !k.ReviewDue.IsZero() {
		s.gauge(ch, series.ReviewDue, unixSeconds(k.ReviewDue))
	}
	if k.Target != nil {
		if at, ok := k.Target.Expires(); ok {
			s.gauge(ch, series.TargetExpires, unixSeconds(at))
		}
	}
}

// collectEvaluations sends how the evaluations of the KPI go.
func (s *KPIState) collectEvaluations(ch chan<- prometheus.Metric) {
	s.gauge(ch, series.Interval, s.Interval.Seconds())
	s.gauge(ch, series.StaleAfter, s.StaleAfter.Seconds())
	s.counter(ch, series.Evaluations, s.Evaluations)
	for reason, n := range s.Failures {
		s.counter(ch, series.EvaluationFailures, n, string(reason))
	}
	if s.InvalidUTF8 > 0 {
		s.counter(ch, series.InvalidUTF8, s.InvalidUTF8)
	}
	if !s.DataUntil.IsZero() {
		s.gauge(ch, series.DataUntil, unixSeconds(s.DataUntil))
	}
	for _, data := range s.Data {
		late := 0.0
		if data.Late {
			late = 1
		}
		s.gauge(ch, series.DataLate, late, data.Name)
	}
	if s.Last != nil {
		up := 1.0
		if s.Last.Failure != nil {
			up = 0
		}
		s.gauge(ch, series.Up, up)
		s.gauge(ch, series.EvaluationDuration, s.Last.Duration.Seconds())
	}
	if !s.LastSuccess.IsZero() {
		s.gauge(ch, series.LastSuccess, unixSeconds(s.LastSuccess))
	}
}

// collectGood sends the last good result.
func (s *KPIState) collectGood(ch chan<- prometheus.Metric) {
	labels := []string{s.KPI.Name} // Shared by all gauges: what is sent holds a copy.
	s.Good.Series(func(family string, v float64, own []string, more ...series.Label) {
		labels = append(labels[:1], own...)
		for _, l := range more {
			labels = append(labels, l.Value)
		}
		ch <- prometheus.MustNewConstMetric(s.descriptions[family], prometheus.GaugeValue, v, labels...)
	})
	for i := range s.Good.Samples {
		sample := &s.Good.Samples[i]
		labels = append(labels[:1], sample.Labels...)
		for _, l := range sample.Info(s.KPI) {
			labels = append(labels, l.Value)
		}
		ch <- prometheus.MustNewConstMetric(s.descriptions[series.SampleInfo], prometheus.GaugeValue, 1, labels...)
	}
}

// DatabaseMetrics collects the metrics about the exporter's databases.
type DatabaseMetrics struct{ Collector *Collector }

// Describe sends the descriptions of all metrics.
func (m DatabaseMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, family := range []string{series.DatabaseUp, series.DatabaseBusy, series.EvaluationQueue} {
		ch <- m.Collector.descriptions[family]
	}
}

// Collect sends the state of the databases.
func (m DatabaseMetrics) Collect(ch chan<- prometheus.Metric) {
	d, waiting := m.Collector.descriptions, 0
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
