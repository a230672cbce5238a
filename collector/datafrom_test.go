package collector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBeforeTheData has a product whose data begins on 1 March 2026: the months before it count nothing, which gives no value,
// no baseline and no operand.
func TestBeforeTheData(t *testing.T) {
	orders := "CREATE TABLE orders (at timestamptz, n int); INSERT INTO orders VALUES ('2026-03-05 12:00:00Z', 10), ('2026-04-05 12:00:00Z', 11), ('2026-05-05 12:00:00Z', 12)"
	postgres := server.NewDatabase(t, orders)
	sqlite := newSQLite(t, strings.ReplaceAll(strings.ReplaceAll(orders, "timestamptz", "text"), "00Z'", "00'"))
	const (
		month   = "SELECT coalesce(sum(n), 0) AS value FROM orders WHERE at >= :period_start AND at < :period_end"
		growth  = "SELECT sum(CASE WHEN at >= :period_start AND at < :period_end THEN n END) - sum(CASE WHEN at >= :previous_start AND at < :previous_end THEN n END) AS value FROM orders"
		unknown = "none unknown (before_data)"
	)
	for _, tc := range []struct {
		name, kpis, asOf, want string // The result of the KPI it.
	}{
		{"a month before", kpi("it", month, "period: month\ndata_from: 2026-03-01"), "2026-03-01T00:00:00Z", unknown},
		{"the first month", kpi("it", month, "period: month\ndata_from: 2026-03-01"), "2026-04-01T00:00:00Z", "10 no_target"},
		{"a month that the data begins in", kpi("it", month, "period: month\ndata_from: 2026-03-02"), "2026-04-01T00:00:00Z", unknown},
		{"an instant in the zone of the KPI", kpi("it", month, "period: month\ntimezone: Europe/Berlin\ndata_from: 2026-03-01"), "2026-04-01T00:00:00+02:00", "10 no_target"},
		{"an instant with an offset", kpi("it", month, "period: month\ntimezone: Europe/Berlin\ndata_from: 2026-03-01T00:00:00Z"), "2026-04-01T00:00:00+02:00", unknown},
		{"with a target", kpi("it", month, "period: month\ndata_from: 2026-03-01\ntarget: {at_least: 5}"), "2026-03-01T00:00:00Z", unknown},
		{"trailing", kpi("it", month, "period: {trailing: 30d}\ndata_from: 2026-03-01"), "2026-03-30T00:00:00Z", unknown},
		{"trailing, covered", kpi("it", month, "period: {trailing: 30d}\ndata_from: 2026-03-01"), "2026-03-31T00:00:00Z", "10 no_target"},
		{"to date", kpi("it", month, "period: {to_date: year}\ndata_from: 2026-03-01"), "2026-05-01T00:00:00Z", unknown},
		{"a level before", kpi("it", "SELECT count(*) AS value FROM orders WHERE at <= :as_of", "data_from: 2026-03-01"), "2026-02-28T23:59:59Z", unknown},
		{"a level from then on", kpi("it", "SELECT count(*) AS value FROM orders WHERE at <= :as_of", "data_from: 2026-03-01"), "2026-03-01T00:00:00Z", "0 no_target"},
		{"settled", kpi("it", month, "period: month\nsettle: 2d\ndata_from: 2026-03-01"), "2026-04-02T00:00:00Z", unknown},
		{"the query reads the previous period", kpi("it", growth, "period: month\ndata_from: 2026-03-01"), "2026-04-01T00:00:00Z", unknown},
		{"the query reads a previous period with data", kpi("it", growth, "period: month\ndata_from: 2026-03-01"), "2026-05-01T00:00:00Z", "1 no_target"},
		{
			"a bound from before", kpi("it", month, "period: month\ndata_from: 2026-03-01\ntarget: {at_least: {previous_period: +10%}}"), "2026-04-01T00:00:00Z",
			"10 unknown (no_bound)",
		},
		{
			"a bound without data_from is the zero that nobody wants", kpi("it", month, "period: month\ntarget: {at_least: {previous_period: +10%}}"), "2026-04-01T00:00:00Z",
			"10 on_target by 0 target.lower=0 (previous_period)",
		},
		{
			"a median of which one is before", kpi("it", month, "period: month\ndata_from: 2026-03-01\ntarget: {at_least: {median_of_3: +0%}}"), "2026-06-01T00:00:00Z",
			"12 unknown (no_bound)",
		},
		{
			"a comparison with before", kpi("it", month, "period: month\ndata_from: 2026-03-01\ncompare: [previous_period]"), "2026-04-01T00:00:00Z",
			"10 no_target",
		},
		{
			"a formula of a period before", kpi("it", month, "period: month\ndata_from: 2026-03-01") + "sum:\n  title: Sum\n  formula: it + previous(it)\n", "2026-04-01T00:00:00Z",
			"10 no_target\n" + unknown,
		},
		{
			"a formula of the data's own periods", kpi("it", month, "period: month\ndata_from: 2026-03-01") + "sum:\n  title: Sum\n  formula: it + previous(it)\n", "2026-05-01T00:00:00Z",
			"11 no_target\n21 no_target",
		},
		{"with labels there is no sample", kpi("it", "SELECT 'a' AS plan, sum(n) AS value FROM orders WHERE at >= :period_start", "period: month\nlabels: [plan]\ndata_from: 2026-03-01"), "2026-03-01T00:00:00Z", ""},
	} {
		for engine, url := range map[string]string{"postgres": postgres, "sqlite": sqlite} {
			t.Run(tc.name+"/"+engine, func(t *testing.T) {
				var got []string
				for _, r := range evaluate(t, load(t, app(url, tc.kpis)), at(t, tc.asOf)) {
					got = append(got, describe(r))
				}
				text := strings.Join(got, "\n")
				if diff := cmp.Diff(tc.want, text); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestBeforeTheDataOfOneDatabase has two databases that begin at different times: a KPI of both shows the one that has
// data, a total of both has none.
func TestBeforeTheDataOfOneDatabase(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t AS SELECT 5 AS n")
	cfg := load(t, fmt.Sprintf(`
timezone: UTC
databases:
  eu: {url: %q, data_from: 2020-01-01}
  us: {url: %q, data_from: 2026-01-01}
defaults: {period: month, databases: [eu, us]}
kpis:
  parts: {title: Parts, query: SELECT n AS value FROM t}
  total: {title: Total, merge: sum, query: SELECT n AS value FROM t}
  own: {title: Own, data_from: 2025-01-01, query: SELECT n AS value FROM t}
`, url, url))
	for asOf, want := range map[string]string{
		"2025-06-01T00:00:00Z": "database=\"eu\" 5 no_target\n\nnone unknown (before_data)\n\ndatabase=\"eu\" 5 no_target\ndatabase=\"us\" 5 no_target",
		"2026-02-01T00:00:00Z": "database=\"eu\" 5 no_target\ndatabase=\"us\" 5 no_target\n\n10 no_target\n\ndatabase=\"eu\" 5 no_target\ndatabase=\"us\" 5 no_target",
	} {
		var got []string
		for _, r := range evaluate(t, cfg, at(t, asOf)) {
			got = append(got, describe(r))
		}
		if diff := cmp.Diff(want, strings.Join(got, "\n\n")); diff != "" {
			t.Errorf("%s: %s", asOf, diff)
		}
	}
}
