package examples

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/demo"
)

// TestNothingToAdvise has check --connect find nothing doubtful in any KPI, on any engine.
func TestNothingToAdvise(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Setenv("KPI_DATABASE_URL", server.NewReader(t, server.NewDatabase(t, read(t, "product/schema.sql"), read(t, "testdata/product.sql"))))
		wantNoAdvice(t, "product/kpi.yaml", asOf)
	})
	t.Run("MariaDB", func(t *testing.T) {
		mariadb.LoadZones(t, "UTC")
		reader, _ := mariadb.NewReader(t, mariadb.NewDatabase(t, read(t, "product/mysql/schema.sql")))
		t.Setenv("KPI_DATABASE_URL", reader)
		wantNoAdvice(t, filepath.Join(onMySQL(t), "kpi.yaml"), asOf)
	})
	t.Run("SQLite", func(t *testing.T) {
		now, dir := time.Date(2026, 11, 19, 14, 23, 57, 0, time.UTC), t.TempDir()
		if err := demo.Write(t.Context(), dir, now); err != nil {
			t.Fatal(err)
		}
		wantNoAdvice(t, filepath.Join(dir, demo.KPIFile), now)
	})
}

func wantNoAdvice(t *testing.T, path string, at time.Time) {
	t.Helper()
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	requests := make([]collector.Request, len(cfg.KPIs))
	for i, k := range cfg.KPIs {
		requests[i] = collector.Request{KPI: k, AsOf: at}
	}
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	for _, w := range e.Inspect(t.Context(), requests) {
		t.Error(w)
	}
	for _, p := range e.Explain(t.Context(), requests) {
		if p.Failure != nil {
			t.Errorf("%v: %v", p.KPIs, p.Failure)
		}
		for _, w := range p.Warnings {
			t.Error(w)
		}
	}
}
