package main

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
	"github.com/kpi-exporter/kpi_exporter/internal/state"
)

// stateSaver keeps what a collector knows in a file; nil keeps nothing.
type stateSaver struct {
	saver     *state.Saver
	collector *collector.Collector
}

// restoreState has a collector begin with what is in a file, before it runs. Without a file it returns nil.
func restoreState(file string, c *collector.Collector, logger *slog.Logger) *stateSaver {
	if file == "" {
		return nil
	}
	s := &stateSaver{state.NewSaver(file, logger), c}
	loaded := s.saver.Load()
	known := c.Remember(loaded)
	switch {
	case loaded == nil:
	case known == 0 && len(loaded.KPIs) > 0:
		logger.Warn("State fits no KPI: the definitions or where their databases are have changed, or the clock was set back; values appear as they are evaluated", "file", file)
	default:
		logger.Info("State restored", "file", file, "kpis", known, "readings", len(loaded.Readings))
	}
	return s
}

// run saves until ctx ends, and once more then.
func (s *stateSaver) run(ctx context.Context) {
	if s != nil {
		s.saver.Run(ctx, s.collector)
	}
}

func (s *stateSaver) metrics() []prometheus.Collector {
	if s == nil {
		return nil
	}
	return []prometheus.Collector{prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: series.StateSaved,
		Help: series.Find(series.StateSaved).Help,
	}, func() float64 {
		if at := s.saver.Saved(); !at.IsZero() {
			return float64(at.UnixMilli()) / 1000
		}
		return 0
	})}
}
