package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/boardtest"
)

const scaleKPIs = 5000

// scaleFile returns a KPI file of 5,000 KPIs with three label sets each, all of which are judged: some 160,000 series. Their databases
// cost next to nothing. Every quarter of an hour they are due 5.6 a second, every second more often than they can be.
func scaleFile(b *testing.B, every string) string {
	b.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "timezone: UTC\ndatabases: {app: {url: %q}}\ndefaults: {period: instant, every: %s, labels: [plan]}\nkpis:\n", boardtest.NewRows(b, 1), every)
	for i := range scaleKPIs {
		fmt.Fprintf(&text, `  revenue_of_team_%d:
    title: Revenue of team %d
    description: What team %d has sold, in the unit in which it sells.
    owner: team_%d
    unit: orders
    query: SELECT column1 AS plan, column2 + %d AS value FROM (VALUES ('basic', 1), ('pro', 2.5), ('team', 40))
    target: {at_least: %d, critical: 1}
`, i, i, i, i/10, i, 1+i%7)
	}
	path := filepath.Join(b.TempDir(), "kpi.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// scale is an exporter of 5,000 KPIs without its commands.
type scale struct {
	path      string
	collector *collector.Collector
	page      *Page
	loaded    time.Duration // CPU that loading the file took.
}

func newScale(b *testing.B, every string) *scale {
	b.Helper()
	s := &scale{path: scaleFile(b, every)}
	before := cpu(b)
	cfg := s.load(b)
	s.loaded = cpu(b) - before
	s.collector = collector.New(cfg, slog.New(slog.DiscardHandler))
	own := prometheus.NewRegistry()
	own.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.page = NewPage(&KPIMetrics{Collector: s.collector}, own, slog.New(slog.DiscardHandler))
	return s
}

func (s *scale) load(b *testing.B) *config.Config {
	b.Helper()
	cfg, err := config.Load(s.path)
	if err != nil {
		b.Fatal(err)
	}
	return cfg
}

// run evaluates until the function that it returns is called.
func (s *scale) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { s.collector.Run(ctx) })
	return func() {
		cancel()
		all.Wait()
	}
}

func (s *scale) evaluations() (n uint64) {
	for _, k := range s.collector.Snapshot().KPIs {
		n += k.Evaluations
	}
	return n
}

// cpu returns how much of the processors this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident returns how much memory of the machine this process has, in bytes, and what of it is in use.
func resident(b *testing.B) (rss, live float64) {
	b.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip(err)
	}
	var pages, in float64
	if _, err := fmt.Sscan(string(text), &pages, &in); err != nil {
		b.Fatal(err)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return in * float64(os.Getpagesize()), float64(m.HeapAlloc)
}

// BenchmarkScale measures an exporter of 5,000 KPIs and 160,000 series. Its figures are seconds of CPU and ratios within one run,
// since the machine may be busy.
//
// Full load evaluates as often as it can, without a page and with one that is scraped every five seconds; x-unserved compares the CPU of an
// evaluation. At rest, in a day, 5.6 KPIs are due a second, and nobody asks, or one scraper every fifteen seconds. Scrapes are compared
// with sending the same bytes from memory to the same client, all by the CPU of both sides.
func BenchmarkScale(b *testing.B) {
	b.Run("full-load", func(b *testing.B) {
		for b.Loop() {
			fullLoad(b)
		}
	})
	b.Run("day", func(b *testing.B) {
		for b.Loop() {
			day(b)
		}
	})
}

// fullLoad compares evaluations without and with a scraper.
func fullLoad(b *testing.B) {
	const span = 20 * time.Second
	each := map[bool]float64{}
	for _, scraped := range []bool{false, true} {
		s := newScale(b, "1s")
		stop := s.run()
		for s.evaluations() < scaleKPIs {
			time.Sleep(50 * time.Millisecond)
		}
		began, cpuBefore, before := time.Now(), cpu(b), s.evaluations()
		for time.Since(began) < span {
			time.Sleep(5 * time.Second)
			if scraped {
				scrape(s.page, http.MethodGet, acceptPrometheus, "gzip")
			}
		}
		n := float64(s.evaluations() - before)
		took := (cpu(b) - cpuBefore).Seconds()
		each[scraped] = took / n
		name := map[bool]string{false: "unserved", true: "served"}[scraped]
		b.ReportMetric(1e6*took/n, "cpu-us/"+name)
		b.ReportMetric(n/time.Since(began).Seconds(), "evals/s/"+name)
		stop()
	}
	b.ReportMetric(each[true]/each[false], "x-unserved")
}

func day(b *testing.B) {
	s := newScale(b, "15m")
	stop := s.run()
	defer stop()
	for s.evaluations() < scaleKPIs {
		time.Sleep(50 * time.Millisecond)
	}
	b.ReportMetric(s.loaded.Seconds(), "cpu-s/load")

	get := client(b, s.page)
	size := get("identity")
	page := scrape(s.page, http.MethodGet, acceptPrometheus, "identity").Body.Bytes()
	b.ReportMetric(float64(strings.Count(string(page), "\n")), "lines")
	b.ReportMetric(float64(size)/1e6, "MB/page")

	debug.FreeOSMemory()
	rss, live := resident(b)
	b.ReportMetric(rss/1e6, "MB/rss")
	b.ReportMetric(live/1e6, "MB/live")

	atRest := func(name string, every time.Duration) {
		const span = 30 * time.Second
		before, began := cpu(b), time.Now()
		for time.Since(began) < span {
			time.Sleep(min(every, span))
			if every < span {
				get("gzip")
			}
		}
		b.ReportMetric((cpu(b)-before).Seconds()/time.Since(began).Seconds(), "cores/"+name)
	}
	atRest("rest", time.Hour)
	atRest("scraped", 15*time.Second)

	ready := client(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) }))
	least := func(prepare, f func()) float64 {
		least := time.Hour
		for range 8 {
			prepare()
			before := cpu(b)
			f()
			least = min(least, cpu(b)-before)
		}
		return least.Seconds()
	}
	change := func() {
		for n := s.evaluations(); s.evaluations() == n; {
			time.Sleep(10 * time.Millisecond)
		}
	}
	sent := least(func() {}, func() { ready("identity") })
	unchanged := least(func() {}, func() { get("identity") })
	changed := least(change, func() { get("identity") })
	packed := least(change, func() { get("gzip") })
	b.ReportMetric(sent*1e3, "cpu-ms/ready-bytes")
	b.ReportMetric(unchanged/sent, "x-ready/unchanged")
	b.ReportMetric(changed/sent, "x-ready/changed")
	b.ReportMetric(packed/changed, "x-identity/gzip")

	began, before := time.Now(), cpu(b)
	if err := s.collector.Reload(b.Context(), s.load(b)); err != nil {
		b.Fatal(err)
	}
	s.page.Refresh()
	b.ReportMetric(time.Since(began).Seconds(), "s/reload")
	b.ReportMetric((cpu(b) - before).Seconds(), "cpu-s/reload")
}

// client returns what fetches a page over a connection that is kept alive, and returns how long it is.
func client(b *testing.B, h http.Handler) func(compression string) int64 {
	b.Helper()
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	return func(compression string) int64 {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL, http.NoBody)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Accept", acceptPrometheus)
		r.Header.Set("Accept-Encoding", compression)
		response, err := server.Client().Do(r)
		if err != nil {
			b.Fatal(err)
		}
		defer response.Body.Close()
		n, err := io.Copy(io.Discard, response.Body)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
}
