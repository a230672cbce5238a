package main

import (
	"context"
	"log/slog"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
)

// reloader puts a changed KPI file in force, whole or not at all. It implements prometheus.Collector.
type reloader struct {
	file      string
	collector *collector.Collector
	logger    *slog.Logger

	mu         sync.Mutex // One reload at a time.
	successful prometheus.Gauge
	succeeded  prometheus.Gauge
}

func newReloader(file string, c *collector.Collector, logger *slog.Logger) *reloader {
	r := &reloader{
		file:      file,
		collector: c,
		logger:    logger,
		successful: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "kpi_exporter_config_last_reload_successful",
			Help: "1 if the last try to load the configuration succeeded, else 0.",
		}),
		succeeded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "kpi_exporter_config_last_reload_success_timestamp_seconds",
			Help: "When the configuration in force was loaded.",
		}),
	}
	r.successful.Set(1)
	r.succeeded.SetToCurrentTime()
	return r
}

// Reload loads the file and goes on with it; a file that is wrong changes nothing.
func (r *reloader) Reload(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	cfg, err := config.Load(r.file)
	if err == nil {
		err = r.collector.Reload(ctx, cfg)
	}
	if err != nil {
		r.successful.Set(0)
		r.logger.Error("Configuration not reloaded, the old one stays in force", "file", r.file, "err", err)
		return err
	}
	r.successful.Set(1)
	r.succeeded.SetToCurrentTime()
	for _, w := range cfg.Warnings {
		r.logger.Warn("Configuration", "warning", w)
	}
	r.logger.Info("Configuration reloaded", "file", r.file, "kpis", len(cfg.KPIs))
	return nil
}

// Describe sends the descriptions of all metrics.
func (r *reloader) Describe(ch chan<- *prometheus.Desc) {
	ch <- r.successful.Desc()
	ch <- r.succeeded.Desc()
}

// Collect sends how the last reload went.
func (r *reloader) Collect(ch chan<- prometheus.Metric) {
	ch <- r.successful
	ch <- r.succeeded
}
