// Package boardtest has what tests of the pages and the API share: KPIs in every state, their rows, and an exporter that reads them.
package boardtest

import (
	"context"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // The database of the rows.

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// EveryAnswer are KPIs in every state, with all that the API says about one. A file begins with its databases; %s is the date of a decision.
const EveryAnswer = `
product: Acme
history: 6
objectives: {grow: {title: Grow}}
queries:
  sales:
    period: week
    labels: [plan]
    owner: growth
    objective: grow
    category: financial
    query: SELECT plan, sum(v) AS value, sum(n) AS n, sum(d) AS d FROM rows WHERE at >= :period_start AND at < :period_end GROUP BY plan
kpis:
  revenue: {title: Revenue, description: What customers paid., from: sales, value: value, merge: sum, level: company, target: {at_least: {previous_period: +5%%}, critical: 100, stretch: 1M}}
  rate: {title: Rate, from: sales, numerator: n, denominator: d, unit: ratio, labels: [], merge: ratio, target: {at_most: 5%%}}
  value: {title: Value, from: sales, value: value, labels: [], merge: sum}
  cases: {title: Cases, from: sales, value: d, labels: [], merge: sum}
  per_case: {title: Per case, formula: value / cases}
  daily: {title: Daily, period: day, query: SELECT sum(v) AS value FROM rows WHERE at >= :period_start AND at < :period_end, target: {between: [10, 1k]}, review_by: 2026-01-31}
  running: {title: Running, period: {to_date: month}, query: SELECT sum(v) AS value FROM rows WHERE at >= :period_start AND at < :period_end, target: {at_least: 3k, pace: profile}}
  level: {title: Level, period: instant, query: "SELECT sum(v) AS value FROM rows WHERE at < :as_of", target: {at_least: 1}}
  apart: {title: Apart, from: sales, value: value, merge: none}
  nothing: {title: Nothing, period: day, query: SELECT NULL AS value WHERE :period_end = '', target: {at_least: 1}}
  failing: {title: Failing, period: day, query: "SELECT 'secret' || '-row' || v AS value FROM rows WHERE at >= :period_start AND at < :period_end", target: {at_least: 1}}
decisions:
  - {date: "%s", text: "Prices <b>rise</b>", kpis: [revenue, daily], owner: growth}
`

// NewRows returns the URL of a SQLite file with rows of the last days.
func NewRows(t testing.TB, days int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(query string, args ...any) {
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE rows (at text, plan text, v real, n real, d real)")
	for i := range days {
		at := time.Now().UTC().AddDate(0, 0, -i).Format(time.DateOnly) + " 00:00:00"
		for j, plan := range []string{"basic", "pro", "<script>"} {
			exec("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", at, plan, 20+(i*(7+j))%13, (i+j)%4, 30+i%(5+j))
		}
	}
	return "sqlite://" + path
}

// Start evaluates the KPIs of a file and reads their past until the test ends.
func Start(t testing.TB, text string) (*collector.Collector, *scoreboard.Keeper) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kpi.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatalf("%v, in:\n%s", err, text)
	}
	logger := slog.New(slog.DiscardHandler)
	c := collector.New(cfg, logger)
	k := scoreboard.New(c, logger)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { c.Run(ctx) })
	all.Go(func() { k.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		all.Wait()
	})
	return c, k
}

// AwaitPast waits until everything was read that the answers about KPIs with years of rows are made from.
func AwaitPast(t testing.TB, k *scoreboard.Keeper) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if !slices.ContainsFunc(k.Board().KPIs, func(k scoreboard.KPI) bool {
			return !k.Explained || k.State == scoreboard.Current && len(k.History.Points) < 20
		}) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("not all is read within three minutes")
		}
	}
}
