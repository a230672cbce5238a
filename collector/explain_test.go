package collector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

func TestPlanDataUntil(t *testing.T) {
	url := server.NewDatabase(t, "CREATE TABLE loads (until timestamptz, by text)")
	cfg := load(t, fmt.Sprintf(`
timezone: UTC
databases:
  good: {url: %[1]q, data_until: SELECT max(until) FROM loads}
  column: {url: %[1]q, data_until: SELECT max(until_) FROM loads}
  many: {url: %[1]q, data_until: "SELECT until, by FROM loads"}
  asks: {url: %[1]q}
queries:
  own: {period: day, database: asks, data_until: SELECT until FROM load, query: "SELECT 1 AS value"}
defaults: {period: day}
kpis:
  a: {title: A, database: good, query: SELECT 1 AS value}
  b: {title: B, database: column, query: SELECT 1 AS value}
  c: {title: C, database: column, query: SELECT 2 AS value, timezone: Europe/Berlin}
  d: {title: D, database: many, query: SELECT 1 AS value}
  e: {title: E, from: own}
`, url))
	e := NewEvaluator(cfg)
	defer e.Close()
	var got []string
	for _, p := range e.Explain(t.Context(), requests(cfg, at(t, "2026-05-05T12:00:00Z"))) {
		if p.DataUntil {
			got = append(got, fmt.Sprintf("line %d, %v: %v", p.Position.Line, p.KPIs, p.Failure))
		} else if p.Failure != nil {
			t.Errorf("%v: %v", p.KPIs, p.Failure)
		}
	}
	want := []string{
		`line 4, [a]: <nil>`,
		`line 5, [b c]: database "column": data_until: line 1: column "until_" does not exist (42703); hint: Perhaps you meant to reference the column "loads.until".`,
		`line 6, [d]: database "many": data_until: the result has 2 columns, want one: the instant up to which the data is complete`,
		`line 9, [e]: query "own": data_until: line 1: relation "load" does not exist (42P01)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
}

func TestPlan(t *testing.T) {
	url := server.NewDatabase(t, "CREATE TABLE orders AS SELECT now()::timestamp AS at, n FROM generate_series(1, 1000) AS n", "ANALYZE orders")
	cfg := load(t, fmt.Sprintf(`
timezone: UTC
databases:
  app: {url: %q}
  down: {url: "postgres://app@127.0.0.1:1/app?sslmode=disable"}
defaults: {database: app}
queries:
  shared: {period: day, query: "SELECT sum(n) AS a, max(n) AS b FROM orders WHERE at >= :period_start"}
kpis:
  sum: {title: Sum, from: shared, value: a}
  max: {title: Max, from: shared, value: b}
  column: {title: Column, period: instant, query: SELECT 1 AS amount}
  table: {title: Table, period: instant, query: SELECT 1 AS value FROM nowhere}
  slow: {title: Slow, period: instant, query: "SELECT pg_sleep(60)::text = 'planned' AS value"}
  reach: {title: Reach, period: instant, database: down, query: SELECT 1 AS value}
`, url))
	e := NewEvaluator(cfg)
	defer e.Close()
	type plan struct {
		KPIs     []string
		Database string
		HasCost  bool
		Warnings []string
		Failure  string
	}
	var got []plan
	for _, p := range e.Explain(t.Context(), requests(cfg, at(t, "2026-05-05T12:00:00Z"))) {
		if p.HasCost != (p.Cost > 0) {
			t.Errorf("%v cost %v", p.KPIs, p.Cost)
		}
		failure := ""
		if p.Failure != nil {
			failure = fmt.Sprintf("%s: %s", p.Failure.Reason, p.Failure)
		}
		var warnings []string
		for _, w := range p.Warnings {
			warnings = append(warnings, w.Check)
		}
		got = append(got, plan{p.KPIs, p.Database.Name, p.HasCost, warnings, failure})
	}
	want := []plan{
		{KPIs: []string{"sum", "max"}, Database: "app", HasCost: true, Warnings: []string{"naive_timestamps"}},
		{KPIs: []string{"column"}, Database: "app", HasCost: true, Failure: `column: kpi "column": column "value" is not in the result (has: amount)`},
		{KPIs: []string{"table"}, Database: "app", Failure: `query: kpi "table": line 1: relation "nowhere" does not exist (42P01)`},
		{KPIs: []string{"slow"}, Database: "app", HasCost: true},
		{KPIs: []string{"reach"}, Database: "down", Failure: `connect: kpi "reach": cannot connect: dial tcp 127.0.0.1:1: connect: connection refused`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
}

// TestPlanOfThePast finds what is wrong with a column and a query that only the past of is read.
func TestPlanOfThePast(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE orders (at text, paid real)")
	cfg := load(t, fmt.Sprintf(`
timezone: UTC
databases: {app: {url: %q}}
queries:
  orders: {period: month, query: "SELECT sum(paid) AS paid FROM orders WHERE at >= :period_start AND at < :period_end"}
  returns: {period: month, query: "SELECT sum(paid) AS paid FROM nowhere WHERE at >= :period_start AND at < :period_end"}
kpis:
  paid: {title: Paid, from: orders, value: paid, target: {at_least: {median_of_3: +0%%}}}
  growth: {title: Growth, formula: orders.paid / previous(orders.payd)}
  lost: {title: Lost, formula: orders.paid - previous(returns.paid)}
`, url))
	e := NewEvaluator(cfg)
	defer e.Close()
	var got []string
	for _, p := range e.Explain(t.Context(), requests(cfg, at(t, "2026-05-05T12:00:00Z"))) {
		got = append(got, fmt.Sprintf("line %d, %v: %v", p.Position.Line, p.KPIs, p.Failure))
	}
	want := []string{
		`line 9, [paid growth lost]: kpi "growth": column "payd" is not in the result (has: paid)`,
		`line 6, [lost]: kpi "lost": SQL logic error: no such table: nowhere (1)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
}

// TestPlanWithoutSavepoints plans on an engine that does not know what advice needs: the query is fine, and what was found up
// to then is said.
func TestPlanWithoutSavepoints(t *testing.T) {
	url := server.NewDatabase(t, "CREATE TABLE t (naive timestamp)")
	for unknown, warnings := range map[string]int{"SAVEPOINT kpi_exporter": 0, "ROLLBACK TO SAVEPOINT": 1} {
		t.Run(unknown, func(t *testing.T) {
			proxy := pgtest.NewProxy(t, server.Addr())
			proxy.Rewrite(unknown, strings.Repeat("x", len(unknown)))
			cfg := load(t, app(strings.Replace(url, server.Addr(), proxy.Addr(), 1),
				kpi("it", "SELECT count(*) AS value FROM t WHERE naive >= :period_start AND to_char(:period_end, 'YYYY') <> ''", "period: day")))
			e := NewEvaluator(cfg)
			defer e.Close()
			requested := requests(cfg, at(t, "2026-05-05T12:00:00Z"))
			for _, p := range e.Explain(t.Context(), requested) {
				if p.Failure != nil || len(p.Warnings) != warnings {
					t.Errorf("%d warnings, failure %v", len(p.Warnings), p.Failure)
				}
			}
			for _, r := range e.Evaluate(t.Context(), requested) {
				if r.Failure != nil {
					t.Errorf("afterwards: %v", r.Failure)
				}
			}
		})
	}
}
