package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"google.golang.org/protobuf/proto"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/boardtest"
)

// kindsOfSeries have a series of every family that fragments are made of, and labels that have to be quoted.
const kindsOfSeries = `
timezone: UTC
databases: {app: {url: "%"}}
defaults: {every: 1h}
kpis:
  level: {title: "Level \"of\" a \\ thing", period: instant, query: SELECT 12 AS value, better: higher, reviewed: 2000-01-01, review_every: 90d}
  days:
    title: Days
    period: day
    labels: [zone, plan]
    query: SELECT column1 AS plan, column2 AS zone, 4 AS value, 40 AS sample_size FROM (VALUES ('a "quoted" \ plan', 'ü'), ('b', ''), ('a', 'z'))
    compare: [previous_period]
    target: {between: [3, 5], critical: [2, 8]}
  month: {title: Month, period: {to_date: year}, query: SELECT 7 AS value, target: {at_least: 10, pace: linear}}
  broken: {title: Broken, period: instant, query: SELECT nothing AS value}
decisions:
  - {date: 2026-01-01, text: "Prices rise,\n\"by 10 %\"", kpis: [days, level], owner: finance}
`

// TestPageIsWhatClientGolangWrites compares the lines of the page with those of client_golang's registry over the same collector, in every
// format: only their order within a family is the page's own.
func TestPageIsWhatClientGolangWrites(t *testing.T) {
	c, _ := boardtest.Start(t, strings.ReplaceAll(kindsOfSeries, "%", boardtest.NewRows(t, 1)))
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		evaluated := 0
		for _, s := range c.Snapshot().KPIs {
			if s.Last != nil {
				evaluated++
			}
		}
		if evaluated == 4 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("not all KPIs are evaluated within a minute")
		}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	want := promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
	p := NewPage(&KPIMetrics{Collector: c}, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	for _, accept := range []string{acceptText, acceptText + ";escaping=allow-utf-8", acceptText + ";escaping=dots", acceptOpenMetrics, acceptPrometheus, acceptProtobuf} {
		for _, compression := range []string{"", "gzip"} {
			lines := func(h http.Handler) []string { return linesOf(t, scrape(h, http.MethodGet, accept, compression)) }
			for before := c.Version(); ; before = c.Version() { // Unless a KPI is evaluated in between.
				w, g := lines(want), lines(p)
				if c.Version() != before {
					continue
				}
				if diff := cmp.Diff(w, g); diff != "" || len(g) < 80 {
					t.Errorf("%s %s: %d lines (-client_golang +page):\n%s", accept, compression, len(g), diff)
				}
				break
			}
		}
	}
}

// TestValueIsOnThePageAtOnce has a clock that stands still while anything happens: the first value, and one that goes stale later, need no
// time to be on the page, or to leave it.
func TestValueIsOnThePageAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kpi.yaml")
	text := strings.ReplaceAll("timezone: UTC\ndatabases: {app: {url: \"%\"}}\nkpis: {it: {title: It, period: instant, every: 1h, stale_after: 30m, query: SELECT 5 AS value}}\n", "%", boardtest.NewRows(t, 1))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		c := collector.New(cfg, slog.New(slog.DiscardHandler))
		p := NewPage(&KPIMetrics{Collector: c}, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
		shown := func() bool {
			return strings.Contains(mustText(t, scrape(p, http.MethodGet, acceptText, "gzip")), "\nkpi_value{kpi=\"it\"} 5\n")
		}
		if shown() {
			t.Error("there is a value before anything was evaluated")
		}
		began := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			c.Run(ctx)
		}()
		synctest.Wait()
		if !shown() || time.Since(began) > 0 {
			t.Errorf("no value %s after the query", time.Since(began))
		}
		stale := c.Snapshot().KPIs[0].LastSuccess.Add(30 * time.Minute)
		time.Sleep(time.Until(stale) - time.Nanosecond)
		fresh := shown()
		time.Sleep(time.Nanosecond)
		if again := c.Snapshot().KPIs[0].Evaluations > 1; !again && (!fresh || shown()) {
			t.Errorf("shown before it is stale: %t, and after: %t", fresh, shown())
		}
		cancel()
		<-ended
	})
}

// linesOf returns the lines of a page in the order of the alphabet, each with the name of its family; of protobuf, the metrics.
func linesOf(t *testing.T, w *httptest.ResponseRecorder) (lines []string) {
	t.Helper()
	body := mustText(t, w)
	format := expfmt.ResponseFormat(w.Header())
	if format.FormatType() != expfmt.TypeProtoDelim {
		header := ""
		for line := range strings.Lines(body) {
			if strings.HasPrefix(line, "# HELP") {
				header = line
			}
			lines = append(lines, header+line)
		}
		slices.Sort(lines)
		return lines
	}
	decoder := expfmt.NewDecoder(strings.NewReader(body), format)
	for {
		var f dto.MetricFamily
		err := decoder.Decode(&f)
		if errors.Is(err, io.EOF) {
			slices.Sort(lines)
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range f.GetMetric() {
			one := dto.MetricFamily{Name: f.Name, Help: f.Help, Type: f.Type, Metric: []*dto.Metric{m}}
			text, err := proto.MarshalOptions{Deterministic: true}.Marshal(&one)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(text))
		}
	}
}
