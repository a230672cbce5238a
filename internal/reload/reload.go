// Package reload reads a KPI file again while the exporter runs, and switches to it: whole or not at all, never to a half-written file,
// and without the included files that are broken where the file allows that.
package reload

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Reloader applies a changed KPI file, whole or not at all. It implements prometheus.Collector.
type Reloader struct {
	file   string
	load   func(context.Context) (*config.Config, error)
	apply  func(context.Context, *config.Config) error
	logger *slog.Logger

	turn       chan struct{} // Holds one value while files are read or applied.
	keeper     *Keeper
	includes   *prometheus.GaugeVec
	successful prometheus.Gauge
	succeeded  prometheus.Gauge
}

// New returns a reloader that hands what the keeper reads to apply. An error of apply has changed nothing.
func New(keeper *Keeper, apply func(context.Context, *config.Config) error, logger *slog.Logger) *Reloader {
	r := &Reloader{
		file:   keeper.file,
		load:   stillness{keeper, pauseForStillness, patience}.load,
		keeper: keeper,
		turn:   make(chan struct{}, 1),
		apply:  apply,
		logger: logger,
		successful: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: series.ReloadSuccessful,
			Help: series.Find(series.ReloadSuccessful).Help,
		}),
		succeeded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: series.ReloadSuccessTime,
			Help: series.Find(series.ReloadSuccessTime).Help,
		}),
	}
	r.includes = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: series.IncludeHealthy,
		Help: series.Find(series.IncludeHealthy).Help,
	}, series.Find(series.IncludeHealthy).Labels)
	return r
}

// Use notes that a configuration is in use, and says what it lacks.
func (r *Reloader) Use(cfg *config.Config) {
	r.successful.Set(1)
	r.succeeded.SetToCurrentTime()
	r.keeper.Keep()
	r.includes.Reset()
	for _, file := range cfg.Kept {
		r.includes.WithLabelValues(file).Set(1)
	}
	for _, b := range cfg.Broken {
		r.includes.WithLabelValues(b.File).Set(0)
		r.logProblems(b.Problems)
		r.logger.Error(whatIsUsed(b), "file", b.File)
	}
	if left := cfg.Left; len(left.KPIs)+len(left.Reports) > 0 {
		r.logger.Error("What needs something that is missing is left out", said("kpis", strings.Join(left.KPIs, " "), "reports", strings.Join(left.Reports, " "))...)
	}
	if cfg.NoMatch != nil {
		r.logger.Error("No KPI is for this exporter until that is mended", "err", cfg.NoMatch)
	}
	logWarnings(r.logger, cfg)
}

// whatIsUsed says what is used of a file that cannot be used as it is.
func whatIsUsed(b config.Broken) string {
	switch {
	case b.Twice:
		return "A file defines what another one defines, too; both definitions are left out, and the rest of the file is used"
	case b.Use == config.UseRest:
		return "A file refers to something that no file defines; the rest of it is used"
	case b.Use == config.UseEarlier && b.Elsewhere:
		return "An included file does not fit the other files; its last good version is still used"
	case b.Use == config.UseEarlier:
		return "An included file is broken; its last good version is still used"
	case b.Elsewhere:
		return "An included file does not fit the other files and is left out"
	}
	return "An included file is broken and left out"
}

// OnHangup reloads at every SIGHUP until ctx ends.
func OnHangup(ctx context.Context, hangup <-chan os.Signal, reload func(context.Context, string) error) {
	for {
		select {
		case <-hangup:
			_ = reload(ctx, "SIGHUP") // It has logged what was wrong.
		case <-ctx.Done():
			return
		}
	}
}

// Reload loads the file and switches to it; a file that is wrong changes nothing. The error is for whoever has asked, who may not read
// the file: it says where something is wrong, and quotes nothing. The log says what, and what has triggered it.
func (r *Reloader) Reload(ctx context.Context, trigger string) error {
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	type result struct {
		cfg *config.Config
		err error
	}
	loaded := make(chan result, 1)
	go func() {
		cfg, err := r.load(ctx)
		loaded <- result{cfg, err}
	}()
	select {
	case now := <-loaded:
		defer func() { <-r.turn }()
		return r.switchTo(ctx, now.cfg, now.err, trigger)
	case <-ctx.Done(): // Nobody can end a read that hangs in a pipe or in a file system. The next reload waits for it.
		go func() {
			<-loaded
			<-r.turn
		}()
		return ctx.Err()
	}
}

// switchTo switches to what was loaded, or says why it was not.
func (r *Reloader) switchTo(ctx context.Context, cfg *config.Config, err error, trigger string) error {
	if err == nil {
		err = r.apply(ctx, cfg)
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return err // The program ends, or the client has gone before anything changed.
	}
	if err != nil {
		r.successful.Set(0)
		r.logProblems(err)
		r.logger.Error("Configuration not reloaded; the previous one is still used", "file", r.file, "trigger", trigger)
		if refused, ok := errors.AsType[refused](err); ok {
			for _, b := range refused.broken {
				r.logProblems(b.Problems)
				r.logger.Error("An included file is broken, too, which is not why", "file", b.File)
			}
		}
		return places(err)
	}
	r.Use(cfg)
	r.logger.Info("Configuration reloaded", "file", r.file, "kpis", len(cfg.KPIs), "trigger", trigger)
	return nil
}

// places returns an error without what the files say: their names, and the lines and columns of what is wrong.
func places(err error) error {
	if _, ok := errors.AsType[narrowError](err); ok {
		return errors.New("no KPI of the file is for this exporter; the log says why")
	}
	problems, ok := errors.AsType[document.Problems](err)
	if !ok {
		return err
	}
	var text strings.Builder
	for _, p := range problems {
		text.WriteString(p.Position.String())
		if p.Line == 0 { // It cannot be read, or holds nothing.
			text.WriteString(": " + p.Message)
		}
		text.WriteByte('\n')
	}
	return errors.New(text.String() + "The log says what is wrong there.")
}

// logProblems writes one line for each thing that is wrong.
func (r *Reloader) logProblems(err error) {
	problems, ok := errors.AsType[document.Problems](err)
	if !ok {
		r.logger.Error("Configuration cannot be loaded", "err", err)
		return
	}
	for _, p := range problems {
		r.logger.Error("Configuration error", said("at", p.Position.String(), "err", p.Message, "hint", p.Hint)...)
	}
}

func logWarnings(logger *slog.Logger, cfg *config.Config) {
	var tally document.Tally
	for _, w := range cfg.Warnings {
		if tally.Shows(w) {
			logger.Warn("Configuration warning", said("at", w.Position.String(), "warning", w.Message, "hint", w.Hint)...)
		}
	}
	for _, rest := range tally.Rest() {
		logger.Warn("Configuration warning", "warning", rest)
	}
}

// said returns attributes of the log, keys and values, without those that are empty.
func said(attributes ...string) (list []any) {
	for pair := range slices.Chunk(attributes, 2) {
		if pair[1] != "" {
			list = append(list, pair[0], pair[1])
		}
	}
	return list
}

// Describe sends the descriptions of all metrics.
func (r *Reloader) Describe(ch chan<- *prometheus.Desc) {
	ch <- r.successful.Desc()
	ch <- r.succeeded.Desc()
	r.includes.Describe(ch)
}

// Collect sends how the last reload went.
func (r *Reloader) Collect(ch chan<- prometheus.Metric) {
	ch <- r.successful
	ch <- r.succeeded
	r.includes.Collect(ch)
}
