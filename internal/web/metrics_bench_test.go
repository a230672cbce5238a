package web

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
)

// snapshots is a collector over const metrics of 10,000 series: 400 KPIs of 5 plans each, in 5 families. It has two
// sets of values to change between: in each version a hundredth of the KPIs, in turn, has the values that it had not before.
type snapshots struct {
	descs   []*prometheus.Desc
	parts   [2][]Part
	version atomic.Uint64
}

// constPart is the metrics of one KPI.
type constPart struct {
	families []*dto.MetricFamily // With one metric each.
	metrics  []prometheus.Metric
}

func (p *constPart) Key() any { return p }

func (p *constPart) Metrics(yield func(*dto.MetricFamily, *dto.Metric)) {
	for _, f := range p.families {
		yield(f, f.GetMetric()[0])
	}
}

func newSnapshots() *snapshots {
	s := new(snapshots)
	own := []string{"kpi", "plan"}
	families := []struct {
		name, help string
		labels     []string
		extra      []string
	}{
		{"kpi_value", "The value of the KPI, in its unit.", own, nil},
		{"kpi_target", "The bound that the KPI is judged by now, in its unit.", own, nil},
		{"kpi_bound", "Every bound in force, in the unit of the KPI.", append(own[:2:2], "tier", "side"), []string{"target", "lower"}},
		{"kpi_attainment_ratio", "1 exactly at the target; more is better.", own, nil},
		{"kpi_status", "0 on target, 1 at risk, 2 off target.", own, nil},
	}
	for _, family := range families {
		s.descs = append(s.descs, prometheus.NewDesc(family.name, family.help, family.labels, nil))
	}
	for kpi := range 400 {
		for set := range s.parts {
			part := &constPart{}
			for k, family := range families {
				for i, plan := range []string{"free", "basic", "pro", "business", "enterprise"} {
					labels := append([]string{fmt.Sprintf("monthly_recurring_revenue_%03d", kpi), plan}, family.extra...)
					value := float64((kpi*7919+i*104729+set*1299709)%1_000_003) / 97
					if family.name == "kpi_status" {
						value = float64((kpi + i + set) % 3)
					}
					metric := prometheus.MustNewConstMetric(s.descs[k], prometheus.GaugeValue, value, labels...)
					var written dto.Metric
					if err := metric.Write(&written); err != nil {
						panic(err)
					}
					part.metrics = append(part.metrics, metric)
					part.families = append(part.families, &dto.MetricFamily{
						Name: &family.name, Help: &family.help, Type: dto.MetricType_GAUGE.Enum(), Metric: []*dto.Metric{&written},
					})
				}
			}
			s.parts[set] = append(s.parts[set], part)
		}
	}
	return s
}

// Parts implements Source.
func (s *snapshots) Parts() (version uint64, parts []Part) {
	version = s.version.Load()
	parts = make([]Part, len(s.parts[0]))
	for i := range parts {
		changes := (version + 99 - uint64(i%100)) / 100
		parts[i] = s.parts[changes%2][i]
	}
	return version, parts
}

func (s *snapshots) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range s.descs {
		ch <- d
	}
}

func (s *snapshots) Collect(ch chan<- prometheus.Metric) {
	_, parts := s.Parts()
	for _, part := range parts {
		for _, m := range part.(*constPart).metrics {
			ch <- m
		}
	}
}

// discard is a ResponseWriter that takes every byte at once.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkScrape measures one scrape of 10,000 KPI series beside the cheapest and the usual handler of the same
// metrics: page is Page while nothing changes, changed is Page after a hundredth of the KPIs has changed; ready-bytes sends the same bytes from
// memory; promhttp is client_golang's handler over a registry of the KPIs alone. The handler ones write to nowhere, so
// that what is measured is the handler; the loopback ones send to a client that reads all of it over a connection that
// is kept alive.
func BenchmarkScrape(b *testing.B) {
	kpis := newSnapshots()
	registry := prometheus.NewRegistry()
	registry.MustRegister(kpis)
	own := prometheus.NewRegistry()
	own.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	page := NewPage(kpis, own, slog.New(slog.DiscardHandler))

	for _, compression := range []struct{ name, accept string }{{"plain", "identity"}, {"gzip", "gzip"}} {
		ready := scrape(page, http.MethodGet, acceptPrometheus, compression.accept)
		for _, h := range []struct {
			name string
			http.Handler
		}{
			{"page", page},
			{"changed", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				kpis.version.Add(1)
				page.ServeHTTP(w, r)
			})},
			{"ready-bytes", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				maps.Copy(w.Header(), ready.Header())
				_, _ = w.Write(ready.Body.Bytes())
			})},
			{"promhttp", promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})},
		} {
			b.Run("handler/"+compression.name+"/"+h.name, func(b *testing.B) {
				b.ReportAllocs()
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/metrics", http.NoBody)
				r.Header.Set("Accept", acceptPrometheus)
				r.Header.Set("Accept-Encoding", compression.accept)
				for b.Loop() {
					h.ServeHTTP(discard{make(http.Header)}, r)
				}
				b.ReportMetric(float64(ready.Body.Len()), "body-B")
			})
			b.Run("loopback/"+compression.name+"/"+h.name, func(b *testing.B) {
				b.ReportAllocs()
				server := httptest.NewServer(h)
				defer server.Close()
				r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL, http.NoBody)
				if err != nil {
					b.Fatal(err)
				}
				r.Header.Set("Accept", acceptPrometheus)
				r.Header.Set("Accept-Encoding", compression.accept) // Set by hand, it is not unpacked here.
				for b.Loop() {
					response, err := server.Client().Do(r)
					if err != nil {
						b.Fatal(err)
					}
					if _, err := io.Copy(io.Discard, response.Body); err != nil {
						b.Fatal(err)
					}
					_ = response.Body.Close()
				}
			})
		}
	}
}
