package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/boardtest"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// manyBoards has boards of 200 KPIs with their past. A new one of them is there each time that one of the KPIs was evaluated.
type manyBoards struct {
	board atomic.Pointer[scoreboard.Board]
}

func newManyBoards(b *testing.B, of *scoreboard.Board) *manyBoards {
	b.Helper()
	many := &scoreboard.Board{Version: "0", Config: of.Config, AsOf: of.AsOf}
	for i := range 200 {
		many.KPIs = append(many.KPIs, another(of.KPI("seats"), i))
	}
	m := new(manyBoards)
	m.board.Store(many)
	return m
}

// another returns a KPI like one, with a name, a title and values of its own: as different as those of a product are, so that they are
// not compressed better.
func another(k *scoreboard.KPI, i int) scoreboard.KPI {
	random := rand.New(rand.NewPCG(uint64(i), 0))
	changed := func(samples []collector.Sample) []collector.Sample {
		samples = slices.Clone(samples)
		for j := range samples {
			if v := samples[j].Value; v != nil {
				samples[j].Value = new(*v * (0.5 + random.Float64()) * float64(1+i))
			}
		}
		return samples
	}
	other := *k
	definition := *k.Surveyed.KPI
	definition.Name = fmt.Sprintf("kpi_%d", i)
	definition.Title = fmt.Sprintf("%s %x", definition.Title, random.Uint32())
	other.Surveyed.KPI = &definition
	other.Now.KPI, other.Now.Samples = &definition, changed(k.Now.Samples)
	other.History.KPI, other.History.Points = &definition, slices.Clone(k.History.Points)
	for j := range other.History.Points {
		point := &other.History.Points[j]
		point.Samples = changed(point.Samples)
	}
	return other
}

func (m *manyBoards) Board() *scoreboard.Board { return m.board.Load() }

func (m *manyBoards) BoardAt(context.Context, time.Time) (*scoreboard.Board, error) {
	return m.Board(), nil
}

// evaluate has one KPI evaluated again.
func (m *manyBoards) evaluate(i int) {
	next := *m.Board()
	next.Version = fmt.Sprint(i)
	next.KPIs = slices.Clone(next.KPIs)
	next.KPIs[i%len(next.KPIs)].Evaluated = time.Now()
	m.board.Store(&next)
}

// BenchmarkScrapeBeside measures a scrape of 10,000 series over a connection that is kept alive: alone; while 20 people reload the
// scoreboard of 200 KPIs twice a second each, of which one is evaluated each second; and while the history of 300 KPIs is read.
func BenchmarkScrapeBeside(b *testing.B) {
	kpis := newSnapshots()
	metrics := NewPage(kpis, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	boards := newManyBoards(b, keeperOfKinds(b).Board())
	shown, err := NewPages(boards, "/metrics", "1.2.3")
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(metrics)
	defer server.Close()
	scrapes := func(b *testing.B) {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL, http.NoBody)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Accept", acceptPrometheus)
		r.Header.Set("Accept-Encoding", "gzip")
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
	}
	b.Run("nothing", scrapes)
	b.Run("history", func(b *testing.B) {
		var file strings.Builder
		_, _ = fmt.Fprintf(&file, "databases: {app: {url: %q}}\nkpis:\n", boardtest.NewRows(b, 300))
		for i := range 300 {
			_, _ = fmt.Fprintf(&file, "  k%d: {title: K, period: day, query: SELECT sum(v) + %d AS value FROM rows WHERE at >= :period_start AND at < :period_end}\n", i, i)
		}
		_, keeper := boardtest.Start(b, file.String())
		read := func(k scoreboard.KPI) bool { return len(k.History.Points) > 0 }
		eventually(b, "the history is being read", func() bool { return slices.ContainsFunc(keeper.Board().KPIs, read) })
		scrapes(b)
		if !slices.ContainsFunc(keeper.Board().KPIs, func(k scoreboard.KPI) bool { return len(k.History.Points) < 100 }) {
			b.Error("all of the history was read while there were still scrapes")
		}
	})
	b.Run("20-readers", func(b *testing.B) {
		ctx, cancel := context.WithCancel(b.Context())
		var background sync.WaitGroup
		defer background.Wait()
		defer cancel()
		each := func(interval time.Duration, do func(i int)) {
			background.Go(func() {
				ticker := time.NewTicker(interval)
				defer ticker.Stop()
				for i := 1; ; i++ {
					select {
					case <-ctx.Done():
						return
					case <-ticker.C:
						do(i)
					}
				}
			})
		}
		each(time.Second, boards.evaluate)
		for range 20 {
			each(500*time.Millisecond, func(int) {
				r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
				r.Header.Set("Accept-Encoding", "gzip")
				shown.ServeHTTP(discard{http.Header{}}, r)
			})
		}
		scrapes(b)
	})
}

// BenchmarkFirstPage measures the scoreboard of 200 KPIs where every card is new, as after a start. gzip-B is its size as it is sent.
func BenchmarkFirstPage(b *testing.B) {
	boards := newManyBoards(b, keeperOfKinds(b).Board())
	r, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, "/", http.NoBody)
	r.Header.Set("Accept-Encoding", "gzip")
	b.ReportAllocs()
	var size sizeOnly
	for b.Loop() {
		shown, err := NewPages(boards, "/metrics", "1.2.3")
		if err != nil {
			b.Fatal(err)
		}
		size = sizeOnly{discard: discard{http.Header{}}}
		shown.ServeHTTP(&size, r)
	}
	b.ReportMetric(float64(size.bytes), "gzip-B")
}

// sizeOnly counts what is written.
type sizeOnly struct {
	discard
	bytes int
}

func (c *sizeOnly) Write(b []byte) (int, error) {
	c.bytes += len(b)
	return len(b), nil
}

// BenchmarkPage measures one page that is ready.
func BenchmarkPage(b *testing.B) {
	shown, err := NewPages(newManyBoards(b, keeperOfKinds(b).Board()), "/metrics", "1.2.3")
	if err != nil {
		b.Fatal(err)
	}
	r, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, "/", http.NoBody)
	r.Header.Set("Accept-Encoding", "gzip")
	for b.Loop() {
		shown.ServeHTTP(discard{http.Header{}}, r)
	}
}
