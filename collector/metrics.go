package collector

import (
	"slices"
	"time"

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
	periodStart, periodEnd, elapsed, evaluations, failures, reviewDue   *prometheus.Desc
	targetExpires, dataUntil                                            *prometheus.Desc
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
		duration:    perKPI("kpi_evaluation_duration_seconds", "What the last evaluation took."),
		periodStart: perKPI("kpi_period_start_timestamp_seconds", "Start of the period that the value measures."),
		periodEnd:   perKPI("kpi_period_end_timestamp_seconds", "End of the period that the value measures."),
		elapsed:     perKPI("kpi_period_elapsed_ratio", "Share of the period that had passed when the value was computed."),
		evaluations: perKPI("kpi_evaluations_total", "Evaluations, failed ones included."),
		failures:    perKPI("kpi_evaluation_failures_total", "Evaluations that failed, by reason.", "reason"),
		reviewDue:   perKPI("kpi_review_due_timestamp_seconds", "When the definition of the KPI is due for review."),
		targetExpires: perKPI("kpi_target_expires_timestamp_seconds",
			"When the targets that the file plans end; from then on the last one holds because nothing else was said."),
		dataUntil: perKPI("kpi_data_until_timestamp_seconds", "How far the data reaches that the KPI is computed from."),
		exporterDatabaseUp: prometheus.NewDesc("kpi_exporter_database_up",
			"1 if the database was reachable at the last try, else 0.", []string{"database"}, nil),
		exporterDatabaseBusy: prometheus.NewDesc("kpi_exporter_database_busy_ratio",
			"Share of the last five minutes in which all connections to the database were in use.", []string{"database"}, nil),
		exporterEvaluationWaiting: prometheus.NewDesc("kpi_exporter_evaluation_queue_length",
			"Queries that wait for a connection.", nil, nil),
	}
}

func perKPI(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append([]string{"kpi"}, labels...), nil)
}

// sampleDescriptions holds the families that carry a KPI's own labels.
type sampleDescriptions struct {
	value, target, bound, attainment, status, sampleSize, pace, forecast, previous *prometheus.Desc
}

func newSampleDescriptions(k *config.KPI) *sampleDescriptions {
	own := k.LabelNames()
	return &sampleDescriptions{
		value:      perKPI("kpi_value", "Value of the KPI in its unit (see kpi_info).", own...),
		target:     perKPI("kpi_target", "Bound that the value is judged by, of two the nearer, in the KPI's unit.", own...),
		bound:      perKPI("kpi_bound", "Every bound in force, in the KPI's unit.", append(slices.Clone(own), "tier", "side")...),
		attainment: perKPI("kpi_attainment_ratio", "1 exactly at the target; more is better, whichever way the KPI points.", own...),
		status:     perKPI("kpi_status", "0 on target, 1 at risk, 2 off target; absent when unknown or without a target.", own...),
		sampleSize: perKPI("kpi_sample_size", "Number of observations that the value rests on.", own...),
		pace:       perKPI("kpi_pace_ratio", "Value as a ratio of what the target asks for by now.", own...),
		forecast:   perKPI("kpi_forecast_value", "What the value comes to by the end of the period if it goes on like this.", own...),
		previous:   perKPI("kpi_previous_value", "Value of an earlier period, in the KPI's unit.", append(slices.Clone(own), "compared_with")...),
	}
}

func (s *KPIState) collect(ch chan<- prometheus.Metric, cfg *config.Config, d *descriptions) {
	k := s.KPI
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{k.Name}, labels...)...)
	}
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), append([]string{k.Name}, labels...)...)
	}
	gauge(d.info, 1, cfg.Product, k.Title, firstRunes(k.Description, 1000), k.Category, k.Objective, k.Owner, k.Level,
		string(k.Unit), k.Unit.Grafana(), string(k.Direction()), k.Period.String(), k.Runbook, cfg.DashboardURL(k))
	for _, db := range k.Databases {
		gauge(d.database, 1, db.Name)
	}
	gauge(d.interval, s.Interval.Seconds())
	gauge(d.staleAfter, s.StaleAfter.Seconds())
	counter(d.evaluations, s.Evaluations)
	for reason, n := range s.Failures {
		counter(d.failures, n, string(reason))
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
		gauge(d.periodStart, unixSeconds(s.Good.Window.Start))
		gauge(d.periodEnd, unixSeconds(s.Good.Window.End))
		gauge(d.elapsed, s.Good.Elapsed)
		for i := range s.Good.Samples {
			s.Good.Samples[i].collect(ch, k.Name, s.descriptions)
		}
	}
}

func (s *Sample) collect(ch chan<- prometheus.Metric, kpi string, d *sampleDescriptions) {
	labels := append(make([]string, 0, len(s.Labels)+3), kpi)
	labels = append(labels, s.Labels...)
	gauge := func(d *prometheus.Desc, v *float64) {
		if v != nil {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, *v, labels...)
		}
	}
	gauge(d.value, s.Value)
	gauge(d.target, s.Target)
	gauge(d.attainment, s.Attainment)
	gauge(d.sampleSize, s.SampleSize)
	gauge(d.pace, s.Pace)
	gauge(d.forecast, s.Forecast)
	if v, ok := s.Status.Value(); ok {
		gauge(d.status, &v)
	}
	for _, b := range s.Bounds {
		ch <- prometheus.MustNewConstMetric(d.bound, prometheus.GaugeValue, b.Value, append(labels, b.Tier, b.Side)...)
	}
	for _, p := range s.Previous {
		ch <- prometheus.MustNewConstMetric(d.previous, prometheus.GaugeValue, p.Value, append(labels, p.ComparedWith)...)
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
	for name, pool := range m.Collector.Snapshot().Pools {
		stats := pool.Stats()
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
