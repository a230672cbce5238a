package backfill

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// BenchmarkBackfill evaluates a quarter of days over one connection, and runs the same SQL in a plain loop over lib/pq. Both
// take turns, and x-plain compares the best of each. The events are as many as a product of some size has: a day's
// aggregate takes the database a millisecond or two, that of thirty days some thirty.
func BenchmarkBackfill(b *testing.B) {
	server, err := pgtest.Start()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Stop() })
	url := server.NewDatabase(b, `CREATE TABLE events (at timestamptz, plan text, n int);
		INSERT INTO events SELECT timestamptz '2025-01-01 UTC' + i * interval '15 seconds', 'p' || i % 3, i % 100 FROM generate_series(0, 2102400) AS i;
		CREATE INDEX ON events (at)`, "VACUUM ANALYZE events")
	for _, test := range []struct{ name, query, plain string }{
		{
			"aggregate",
			"SELECT plan, sum(n) AS value FROM events WHERE at >= :period_start AND at < :period_end GROUP BY plan",
			"SELECT plan, sum(n) AS value FROM events WHERE at >= $1 AND at < $2 GROUP BY plan",
		},
		{
			"month",
			"SELECT plan, sum(n) AS value FROM events WHERE at >= :period_start - interval '696 hours' AND at < :period_end GROUP BY plan",
			"SELECT plan, sum(n) AS value FROM events WHERE at >= $1::timestamptz - interval '696 hours' AND at < $2 GROUP BY plan",
		},
		{"nothing", "SELECT 'a' AS plan, 1 AS value WHERE :period_start < :period_end", "SELECT 'a' AS plan, 1 AS value WHERE $1::timestamptz < $2::timestamptz"},
	} {
		b.Run(test.name, func(b *testing.B) {
			cfg := benchmarkConfig(b, url, test.query)
			j := job(b, cfg, "2025-10-01T00:00:00Z", "2025-12-31T00:00:00Z")
			j.Sparse = true
			db, err := sql.Open("postgres", url)
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			db.SetMaxOpenConns(1)
			e := evaluator(b, cfg)
			steps := 0
			plain, ours := time.Hour, time.Hour
			for b.Loop() {
				started := time.Now()
				steps = scanPlain(b, db, test.plain, j.Ranges[0])
				middle := time.Now()
				path := filepath.Join(b.TempDir(), "out.om")
				report, err := File{Path: path}.Write(context.Background(), e, j, nil)
				if err != nil || report.Done != steps {
					b.Fatal(report, err)
				}
				plain, ours = min(plain, middle.Sub(started)), min(ours, time.Since(middle))
			}
			b.ReportMetric(float64(steps)/plain.Seconds(), "plain/s")
			b.ReportMetric(float64(steps)/ours.Seconds(), "evaluations/s")
			b.ReportMetric(ours.Seconds()/plain.Seconds(), "x-plain")
		})
	}
}

func scanPlain(b *testing.B, db *sql.DB, query string, r Range) int {
	n := 0
	for at := r.From; !at.After(r.To); at = at.AddDate(0, 0, 1) {
		n++
		scanRows(b, db, query, at.AddDate(0, 0, -1), at)
	}
	return n
}

func scanRows(b *testing.B, db *sql.DB, query string, args ...any) {
	rows, err := db.QueryContext(b.Context(), query, args...)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			plan  string
			value float64
		)
		if err := rows.Scan(&plan, &value); err != nil {
			b.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
}

func benchmarkConfig(b *testing.B, url, query string) *config.Config {
	path := filepath.Join(b.TempDir(), "kpi.yaml")
	text := "timezone: UTC\ndatabases: {app: {url: \"" + url + "\", max_connections: 1}}\n" +
		"kpis:\n  k: {title: K, period: day, labels: [plan], target: {at_least: 10}, query: \"" + query + "\"}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		b.Fatal(err)
	}
	return cfg
}
