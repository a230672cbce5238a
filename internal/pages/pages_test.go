package pages

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/demo"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

// boardOf evaluates the KPIs of a file as of an instant.
func boardOf(t testing.TB, path string, asOf time.Time) *Board {
	t.Helper()
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	reader := insight.NewReader(cfg, e)
	survey := reader.Survey(context.Background(), cfg.KPIs, asOf, report.Before(asOf, period.Week, cfg.Calendar), nil)
	requests := make([]insight.Request, len(cfg.KPIs))
	for i, k := range cfg.KPIs {
		requests[i] = insight.Request{KPI: k, AsOf: asOf, LastYear: true}
	}
	lastYear := reader.Explain(context.Background(), requests)
	b := &Board{Version: "1", Config: cfg, AsOf: asOf.In(cfg.Calendar.Location)}
	for i := range survey.KPIs {
		s := survey.KPIs[i]
		k := KPI{
			Surveyed: s, State: Current, Evaluated: asOf, DataUntil: s.Now.DataUntil, LastYear: lastYear[i], Explained: true, Unusual: s.History.Unusual(),
		}
		if s.Now.Failure != nil {
			k.State = Failing
		}
		b.KPIs = append(b.KPIs, k)
	}
	return b
}

var demoAsOf = time.Date(2026, 11, 29, 20, 0, 0, 0, time.UTC)

func demoBoard(t testing.TB) *Board {
	t.Helper()
	dir := t.TempDir()
	if err := demo.Write(context.Background(), dir, demoAsOf); err != nil {
		t.Fatal(err)
	}
	return boardOf(t, filepath.Join(dir, demo.KPIFile), demoAsOf)
}

func TestDraft(t *testing.T) {
	b := demoBoard(t)
	r, err := NewRenderer()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	p, err := r.NewView(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("prepare", time.Since(start))
	start = time.Now()
	page, err := r.overview(p, filter{})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("render", time.Since(start), len(page))
	os.WriteFile("/tmp/kpi/pages-out/board.html", page, 0o600)
	for _, c := range p.cards {
		page, err := r.kpiPage(p, c, whyChoice{})
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile("/tmp/kpi/pages-out/kpi-"+c.KPI.KPI.Name+".html", page, 0o600)
	}
	page, err = r.objectives(p)
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile("/tmp/kpi/pages-out/objectives.html", page, 0o600)
	page, _ = r.overview(p, filter{Kiosk: true})
	os.WriteFile("/tmp/kpi/pages-out/kiosk.html", page, 0o600)
}
