package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
)

// source is what a page under test shows: the metrics of KPIs, which may change with the version, and the exporter's own. It counts how
// often they are gathered.
type source struct {
	kpis, own counted
	value     prometheus.Gauge   // A KPI.
	runs      prometheus.Counter // The exporter's own.
	version   atomic.Uint64
	log       bytes.Buffer

	mu       sync.Mutex
	gathered uint64 // The version of parts, plus one.
	parts    []Part
}

// gatheredPart is the metrics with the same label kpi.
type gatheredPart struct {
	families []*dto.MetricFamily
	encoded  atomic.Int64
}

func (p *gatheredPart) Key() any { return p }

func (p *gatheredPart) Metrics(yield func(*dto.MetricFamily, *dto.Metric)) {
	p.encoded.Add(1)
	for _, f := range p.families {
		for _, m := range f.GetMetric() {
			yield(f, m)
		}
	}
}

// Parts implements Source: a new version replaces the parts that have changed.
func (s *source) Parts() (uint64, []Part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	version := s.version.Load()
	if s.gathered == version+1 {
		return version, s.parts
	}
	families, err := s.kpis.Gather()
	if err != nil {
		panic(err)
	}
	byKPI := map[string]*gatheredPart{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := ""
			for _, l := range m.GetLabel() {
				if l.GetName() == "kpi" {
					name = l.GetValue()
				}
			}
			if byKPI[name] == nil {
				byKPI[name] = &gatheredPart{}
			}
			byKPI[name].families = append(byKPI[name].families, &dto.MetricFamily{Name: f.Name, Help: f.Help, Type: f.Type, Metric: []*dto.Metric{m}})
		}
	}
	var parts []Part
	for i, name := range slices.Sorted(maps.Keys(byKPI)) {
		part := byKPI[name]
		if i < len(s.parts) {
			before := s.parts[i].(*gatheredPart)
			if slices.EqualFunc(before.families, part.families, func(a, b *dto.MetricFamily) bool { return proto.Equal(a, b) }) {
				part = before
			}
		}
		parts = append(parts, part)
	}
	s.gathered, s.parts = version+1, parts
	return version, parts
}

type counted struct {
	prometheus.Gatherer
	gathers atomic.Int64
}

func (c *counted) Gather() ([]*dto.MetricFamily, error) {
	c.gathers.Add(1)
	return c.Gatherer.Gather()
}

func newSource() *source {
	s := &source{
		value: prometheus.NewGauge(prometheus.GaugeOpts{Name: "kpi_revision", Help: "The version that was published."}),
		runs:  prometheus.NewCounter(prometheus.CounterOpts{Name: "process_runs_total", Help: "Runs."}),
	}
	values := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "kpi_value", Help: "The value."}, []string{"kpi", "plan"})
	values.WithLabelValues("revenue", "pro").Set(12345.678)
	values.WithLabelValues("revenue", "a \"quoted\" \\ plan\nof two lines").Set(-1)
	evaluations := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "kpi_evaluations_total", Help: "Runs."}, []string{"kpi"})
	evaluations.WithLabelValues("größe").Add(3)
	kpis := prometheus.NewRegistry()
	kpis.MustRegister(s.value, values, evaluations)
	s.kpis.Gatherer = kpis

	durations := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "process_run_seconds", Help: "Durations.", Buckets: []float64{0.1, 1},
	})
	durations.Observe(0.5)
	// A name that some formats have to escape.
	dotted := prometheus.NewGauge(prometheus.GaugeOpts{Name: "process.queue", Help: "Length."})
	own := prometheus.NewRegistry()
	own.MustRegister(s.runs, durations, dotted)
	s.own.Gatherer = own
	return s
}

func (s *source) page() *Page {
	return NewPage(s, &s.own, slog.New(slog.NewTextHandler(&s.log, nil)))
}

// publish is what the collector does when its snapshot changes.
func (s *source) publish(version uint64) {
	s.value.Set(float64(version))
	s.version.Store(version)
}

// revision is the line of the text format that shows a published version.
func revision(version uint64) string { return fmt.Sprintf("\nkpi_revision %d\n", version) }

type gathererFunc func() ([]*dto.MetricFamily, error)

func (f gathererFunc) Gather() ([]*dto.MetricFamily, error) { return f() }
