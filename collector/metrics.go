package collector

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// Describe sends nothing: each KPI has its own labels, which is what an unchecked collector is for.
func (c *Collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends what the latest snapshot holds.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	snapshot := c.Snapshot()
	for i := range snapshot.KPIs {
		snapshot.KPIs[i].collect(ch, snapshot.Config, c.descriptions)
	}
}

// Snapshot returns the latest snapshot.
func (c *Collector) Snapshot() *Snapshot { return c.snapshot.Load() }

// Version returns a number that grows whenever what Collect sends has changed.
func (c *Collector) Version() uint64 { return c.Snapshot().Version }

// descriptions holds the families whose labels are the same for every KPI.
type descriptions struct {
	info, database, up, lastSuccess, interval, staleAfter, duration     *prometheus.Desc
	evaluations, failures, invalidUTF8, reviewDue                       *prometheus.Desc
	targetExpires, dataUntil, dataLate                                  *prometheus.Desc
	exporterDatabaseUp, exporterDatabaseBusy, exporterEvaluationWaiting *prometheus.Desc
}

func newDescriptions() *descriptions {
	return &descriptions{
		info: perKPI("kpi_info", "What the KPI is, from the configuration; always 1.",
			"product", "title", "description", "category", "objective", "owner", "level", "unit", "grafana_unit",
			"direction", "period", "runbook", "dashboard"),
		database:    perKPI("kpi_database_info", "Databases that the KPI is computed from; always 1.", "database"),
		up:          perKPI("kpi_up", "1 if the last evaluation succeeded, else 0."),
		lastSuccess: perKPI("kpi_last_success_timestamp_seconds", "When an evaluation last succeeded."),
		interval:    perKPI("kpi_interval_seconds", "Time between two regular evaluations."),
		staleAfter:  perKPI("kpi_stale_after_seconds", "Age of the last success at which value and status are withdrawn."),
		duration:    perKPI("kpi_evaluation_duration_seconds", "How long the last evaluation took."),
		evaluations: perKPI("kpi_evaluations_total", "Evaluations, including failed ones."),
		failures:    perKPI("kpi_evaluation_failures_total", "Evaluations that failed, by reason.", "reason"),
		invalidUTF8: perKPI("kpi_exporter_invalid_utf8_total", `Label values with bytes that are not UTF-8, which are written as \xE4; counted each time they are read.`),
		reviewDue:   perKPI("kpi_review_due_timestamp_seconds", "When the definition of the KPI is due for review."),
		targetExpires: perKPI("kpi_target_expires_timestamp_seconds",
			"When the steps or the ramp of the target end; the last value holds from then on."),
		dataUntil: perKPI("kpi_data_until_timestamp_seconds", "How far the data behind the KPI reaches."),
		dataLate:  perKPI("kpi_data_late", "1 if the KPI waits for late data, else 0; data names the database or query with the data_until.", "data"),
		exporterDatabaseUp: prometheus.NewDesc("kpi_exporter_database_up",
			"1 if the database could be reached at the last attempt, else 0.", []string{"database"}, nil),
		exporterDatabaseBusy: prometheus.NewDesc("kpi_exporter_database_busy_ratio",
			"Share of the last five minutes in which all connections to the database were in use.", []string{"database"}, nil),
		exporterEvaluationWaiting: prometheus.NewDesc("kpi_exporter_evaluation_queue_length",
			"Queries that wait for a connection.", nil, nil),
	}
}

func perKPI(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append([]string{"kpi"}, labels...), nil)
}

// newSeriesDescriptions returns the families of a KPI's Series by name. Most carry its own labels.
func newSeriesDescriptions(k *config.KPI) map[string]*prometheus.Desc {
	own := k.LabelNames()
	families := map[string]*prometheus.Desc{}
	add := func(name, help string, labels ...string) { families[name] = perKPI(name, help, labels...) }
	add("kpi_period_start_timestamp_seconds", "Start of the period that the value measures.")
	add("kpi_period_end_timestamp_seconds", "End of the period that the value measures.")
	add("kpi_period_elapsed_ratio", "Share of the period that had passed when the value was computed.")
	add("kpi_value", "Value of the KPI in its unit (see kpi_info).", own...)
	add("kpi_target", "Bound by which the value is judged, the nearer of two, in the KPI's unit.", own...)
	add("kpi_bound", "Every bound in force, in the KPI's unit.", append(slices.Clone(own), "tier", "side")...)
	add("kpi_attainment_ratio", "1 exactly at the target; more is better, whichever direction is better for the KPI.", own...)
	add("kpi_status", "0 on target, 1 at risk, 2 off target; absent when unknown or without a target.", own...)
	add("kpi_sample_size", "Number of observations behind the value.", own...)
	add("kpi_pace_ratio", "Value as a ratio of what the target asks for by now.", own...)
	add("kpi_forecast_value", "Value expected at the end of the period if it continues in a straight line.", own...)
	add("kpi_previous_value", "Value of an earlier period, in the KPI's unit.", append(slices.Clone(own), "compared_with")...)
	return families
}

func (s *KPIState) collect(ch chan<- prometheus.Metric, cfg *config.Config, d *descriptions) {
	k := s.KPI
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{k.Name}, labels...)...)
	}
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), append([]string{k.Name}, labels...)...)
	}
	var info []string
	for _, l := range Info(cfg, k) {
		info = append(info, l.Value)
	}
	gauge(d.info, 1, info...)
	for _, db := range k.Databases {
		gauge(d.database, 1, db.Name)
	}
	gauge(d.interval, s.Interval.Seconds())
	gauge(d.staleAfter, s.StaleAfter.Seconds())
	counter(d.evaluations, s.Evaluations)
	for reason, n := range s.Failures {
		counter(d.failures, n, string(reason))
	}
	if s.InvalidUTF8 > 0 {
		counter(d.invalidUTF8, s.InvalidUTF8)
	}
	if !k.ReviewDue.IsZero() {
		gauge(d.reviewDue, unixSeconds(k.ReviewDue))
	}
	if k.Target != nil {
		if at, ok := k.Target.Expires(); ok {
			gauge(d.targetExpires, unixSeconds(at))
		}
	}
	if !s.DataUntil.IsZero() {
		gauge(d.dataUntil, unixSeconds(s.DataUntil))
	}
	for _, data := range s.Data {
		late := 0.0
		if data.Late {
			late = 1
		}
		gauge(d.dataLate, late, data.Name)
	}
	if s.Last != nil {
		up := 1.0
		if s.Last.Failure != nil {
			up = 0
		}
		gauge(d.up, up)
		gauge(d.duration, s.Last.Duration.Seconds())
	}
	if !s.LastSuccess.IsZero() {
		gauge(d.lastSuccess, unixSeconds(s.LastSuccess))
	}
	if s.Good != nil {
		labels := []string{k.Name} // Shared by all gauges: what is sent holds a copy.
		s.Good.Series(func(family string, v float64, own []string, more ...Label) {
			labels = append(labels[:1], own...)
			for _, l := range more {
				labels = append(labels, l.Value)
			}
			ch <- prometheus.MustNewConstMetric(s.descriptions[family], prometheus.GaugeValue, v, labels...)
		})
	}
}

// DatabaseMetrics collects the metrics about the exporter's databases.
type DatabaseMetrics struct{ Collector *Collector }

// Describe sends the descriptions of all metrics.
func (m DatabaseMetrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- m.Collector.descriptions.exporterDatabaseUp
	ch <- m.Collector.descriptions.exporterDatabaseBusy
	ch <- m.Collector.descriptions.exporterEvaluationWaiting
}

// Collect sends how the databases do.
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
			ch <- prometheus.MustNewConstMetric(d.exporterDatabaseUp, prometheus.GaugeValue, up, name)
		}
		ch <- prometheus.MustNewConstMetric(d.exporterDatabaseBusy, prometheus.GaugeValue, stats.BusyRatio, name)
	}
	ch <- prometheus.MustNewConstMetric(d.exporterEvaluationWaiting, prometheus.GaugeValue, float64(waiting))
}
