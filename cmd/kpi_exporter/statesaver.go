package main

import (
	"context"
	"fmt"
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

// checkState refuses to replace a file that is not a state, such as the KPI file that was to be named, unless ctx ends first.
func checkState(ctx context.Context, file string) error {
	foreign, err := await(ctx, func() (bool, error) { return state.IsForeign(file) })
	if err != nil || !foreign { // What else is wrong with it, the log says.
		return nil //nolint:nilerr // As above.
	}
	return fmt.Errorf("--state.file: %s is not a state of kpi_exporter, and would be replaced by one: name a file that is not there yet, or remove this one", file)
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
