package grafanatest

import (
	"cmp"
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/demo"
	"github.com/kpi-exporter/kpi_exporter/internal/rules"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// now is when the boards are read: a Thursday morning in a week in which KPIs of the company got better and worse, as the first sentence
// of the overview says.
func now() time.Time { return time.Date(2026, time.November, 5, 10, 30, 0, 0, time.UTC) }

const (
	historyDays = 98 // A week more than the boards show, backfilled but for the last scrapedDays.
	scrapedDays = 2
	sampleEvery = time.Hour        // Backfilled.
	scrapeEvery = 10 * time.Minute // In those days.
	lookback    = 65 * time.Minute // So that an hour between samples is not a gap.
)

// product is the demo with its files.
type product struct {
	cfg       *config.Config
	evaluator *collector.Evaluator
}

func newProduct(t *testing.T) *product {
	t.Helper()
	dir := t.TempDir()
	if err := demo.Write(t.Context(), dir, now()); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(dir, demo.KPIFile))
	if err != nil {
		t.Fatal(err)
	}
	e := collector.NewEvaluator(cfg)
	t.Cleanup(e.Close)
	return &product{cfg, e}
}

// exposed is a series with its value at an instant.
type exposed struct {
	labels labels.Labels
	value  func(at time.Time) float64
}

func constant(v float64) func(time.Time) float64 { return func(time.Time) float64 { return v } }

// shown is what Prometheus has of an evaluation: what a backfill writes, and what a scrape brings.
type shown struct{ backfilled, scraped []exposed }

// at evaluates all KPIs as of an instant.
func (p *product) at(ctx context.Context, t *testing.T, asOf time.Time) shown {
	t.Helper()
	requests := make([]collector.Request, len(p.cfg.KPIs))
	for i, k := range p.cfg.KPIs {
		requests[i] = collector.Request{KPI: k, AsOf: asOf}
	}
	var s shown
	for i, r := range p.evaluator.Evaluate(ctx, requests) {
		if r.Failure != nil {
			t.Fatalf("kpi %q: %v", r.KPI.Name, r.Failure)
		}
		p.values(r, s.add)
		p.run(r, i, s.scrape)
	}
	for name, value := range map[string]float64{
		series.EvaluationQueue: 0, series.ReloadSuccessful: 1, "up": 1, "scrape_duration_seconds": 0.012, "scrape_samples_scraped": 1460,
		"process_resident_memory_bytes": 52e6,
	} {
		s.scrape(name, constant(value))
	}
	s.scrape(series.BuildInfo, constant(1), series.Label{Name: "version", Value: "1.0.0"})
	for _, d := range p.cfg.Databases {
		s.scrape(series.DatabaseUp, constant(1), series.Label{Name: "database", Value: d.Name})
		s.scrape(series.DatabaseBusy, constant(0.02), series.Label{Name: "database", Value: d.Name})
	}
	return s
}

// add adds a series that both have.
func (s *shown) add(name string, value func(time.Time) float64, own ...series.Label) {
	s.backfilled = append(s.backfilled, newExposed(name, value, own))
	s.scrape(name, value, own...)
}

// scrape adds a series that only a scrape brings.
func (s *shown) scrape(name string, value func(time.Time) float64, own ...series.Label) {
	s.scraped = append(s.scraped, newExposed(name, value, own, series.Label{Name: "instance", Value: "kpi:10574"}))
}

func newExposed(name string, value func(time.Time) float64, own []series.Label, more ...series.Label) exposed {
	b := labels.NewScratchBuilder(len(own) + 3)
	b.Add(model.MetricNameLabel, name)
	b.Add("job", "kpi")
	for _, l := range slices.Concat(own, more) {
		if l.Value != "" {
			b.Add(l.Name, l.Value)
		}
	}
	b.Sort()
	return exposed{b.Labels(), value}
}

// adding is shown.add or shown.scrape.
type adding func(name string, value func(time.Time) float64, own ...series.Label)

// values adds what the KPI is and what was measured.
func (p *product) values(r collector.Result, add adding) {
	k := r.KPI
	kpi := series.Label{Name: "kpi", Value: k.Name}
	add(series.Info, constant(1), append(collector.Info(p.cfg, k), kpi)...)
	for _, d := range k.Databases {
		add(series.DatabaseInfo, constant(1), kpi, series.Label{Name: "database", Value: d.Name})
	}
	add(series.Up, constant(1), kpi)
	collector.Decisions(k, r.AsOf, func(value float64, labels ...series.Label) {
		add(series.Decision, constant(value), append(labels, kpi)...)
	})
	r.Series(func(family string, value float64, own []string, more ...series.Label) {
		add(family, constant(value), append(ownLabels(k, own), more...)...)
	})
}

// ownLabels are kpi and the KPI's own labels.
func ownLabels(k *config.KPI, values []string) []series.Label {
	list := []series.Label{{Name: "kpi", Value: k.Name}}
	names := k.LabelNames()
	for i, v := range values {
		list = append(list, series.Label{Name: names[i], Value: v})
	}
	return list
}

// run adds how the evaluation of the i-th KPI went, what its samples are called, and the alerts that the generated rules would have
// firing about it. No two KPIs have the same age or duration, since of equals Prometheus picks any.
func (p *product) run(r collector.Result, i int, scrape adding) {
	k := r.KPI
	kpi := series.Label{Name: "kpi", Value: k.Name}
	for name, value := range map[string]float64{series.Interval: 300, series.StaleAfter: 900, series.EvaluationDuration: 0.001 * float64(i+1)} {
		scrape(name, constant(value), kpi)
	}
	scrape(series.LastSuccess, func(at time.Time) float64 { return float64(at.Unix() - int64(60+5*i)) }, kpi)
	scrape(series.Evaluations, func(at time.Time) float64 { return float64(at.Unix()-now().AddDate(-1, 0, 0).Unix()) / 300 }, kpi)
	worst := 0.0
	for j := range r.Samples {
		s := &r.Samples[j]
		scrape(series.SampleInfo, constant(1), append(ownLabels(k, s.Labels), s.Info(k)...)...)
		if v, ok := s.Status.Value(); ok {
			worst = max(worst, v)
		}
	}
	alert := map[float64]series.Label{1: {Name: rules.AtRisk, Value: "warning"}, 2: {Name: rules.TargetMissed, Value: "critical"}}[worst]
	if alert.Name != "" {
		scrape("ALERTS", constant(1), kpi, series.Label{Name: "alertname", Value: alert.Name}, series.Label{Name: "alertstate", Value: "firing"},
			series.Label{Name: "severity", Value: alert.Value}, series.Label{Name: "owner", Value: k.Owner})
	}
}

// history writes what a Prometheus has that scrapes an exporter for some days, with months of backfilled history before. An
// evaluation a day is enough to see values change, and before the last five weeks one each fourth day.
func (p *product) history(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	w := newBlock(t, dir)
	var s shown
	for day := historyDays; day >= 0; day-- {
		from := now().AddDate(0, 0, -day)
		if s.scraped == nil || day < 35 || day%4 == 0 {
			s = p.at(t.Context(), t, from)
		}
		list, step := s.backfilled, sampleEvery
		if day <= scrapedDays {
			list, step = s.scraped, scrapeEvery
		}
		for at := from; at.Before(from.AddDate(0, 0, 1)) && !at.After(now()); at = at.Add(step) {
			w.write(t, at, list)
		}
	}
	w.close(t)
	return dir
}

// recent writes a week of history, for tests that need no more than that there is some.
func (p *product) recent(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	w := newBlock(t, dir)
	list := p.at(t.Context(), t, now()).scraped
	for at := now().AddDate(0, 0, -7); !at.After(now()); at = at.Add(sampleEvery) {
		w.write(t, at, list)
	}
	w.close(t)
	return dir
}

// dayOne writes what a Prometheus has that has scraped an exporter for the first time, two minutes ago.
func (p *product) dayOne(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	w := newBlock(t, dir)
	list := p.at(t.Context(), t, now()).scraped
	for at := now().Add(-2 * time.Minute); !at.After(now()); at = at.Add(30 * time.Second) {
		w.write(t, at, list)
	}
	w.close(t)
	return dir
}

// block writes samples in time order.
type block struct {
	writer *tsdb.BlockWriter
	refs   map[uint64]storage.SeriesRef
}

func newBlock(t *testing.T, dir string) *block {
	t.Helper()
	w, err := tsdb.NewBlockWriter(slog.New(slog.DiscardHandler), dir, (2 * historyDays * 24 * time.Hour).Milliseconds())
	if err != nil {
		t.Fatal(err)
	}
	return &block{w, map[uint64]storage.SeriesRef{}}
}

func (b *block) write(t *testing.T, at time.Time, list []exposed) {
	t.Helper()
	app := b.writer.Appender(t.Context())
	for _, s := range list {
		ref, err := app.Append(b.refs[s.labels.Hash()], s.labels, at.UnixMilli(), s.value(at))
		if err != nil {
			t.Fatalf("%s at %s: %v", s.labels, at, err)
		}
		b.refs[s.labels.Hash()] = ref
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

func (b *block) close(t *testing.T) {
	t.Helper()
	_, err := b.writer.Flush(t.Context())
	if err = cmp.Or(err, b.writer.Close()); err != nil {
		t.Fatal(err)
	}
}
