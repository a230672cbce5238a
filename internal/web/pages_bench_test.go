package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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
		k := *of.KPI("seats")
		definition := *k.Surveyed.KPI
		definition.Name = fmt.Sprintf("kpi_%d", i)
		k.Surveyed.KPI = &definition
		many.KPIs = append(many.KPIs, k)
	}
	m := new(manyBoards)
	m.board.Store(many)
	return m
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

// BenchmarkScrapeBesidePages measures a scrape of 10,000 series alone, and while 20 people reload the scoreboard of 200 KPIs twice a
// second each, of which one is evaluated each second.
func BenchmarkScrapeBesidePages(b *testing.B) {
	kpis := newSnapshots()
	registry := prometheus.NewRegistry()
	registry.MustRegister(kpis)
	metrics := NewPage(registry, kpis.version.Load, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	boards := newManyBoards(b, keeperOfKinds(b).Board())
	shown, err := NewPages(boards, "/metrics", "1.2.3")
	if err != nil {
		b.Fatal(err)
	}
	scrapes := func(b *testing.B) {
		for b.Loop() {
			scrape(metrics, http.MethodGet, acceptPrometheus, "gzip")
		}
	}
	b.Run("alone", scrapes)
	b.Run("beside-20-readers", func(b *testing.B) {
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
