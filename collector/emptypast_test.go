package collector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEmptyPasts has orders on every day from 10 May 2025 on but for 15 June of that year, and incidents now and then.
func TestEmptyPasts(t *testing.T) {
	const schema = `CREATE TABLE orders (at timestamptz, n int); CREATE TABLE incidents (at timestamptz);
		INSERT INTO orders WITH RECURSIVE d (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n < 400) SELECT %s, n FROM d WHERE n <> 36;
		INSERT INTO incidents VALUES ('2025-07-05 12:00:00'), ('2025-11-05 12:00:00'), ('2026-03-05 12:00:00')`
	postgres := server.NewDatabase(t, "SET timezone = 'UTC'; "+fmt.Sprintf(schema, "timestamptz '2025-05-10 12:00:00' + n * interval '24 hours'"))
	sqlite := newSQLite(t, strings.ReplaceAll(fmt.Sprintf(schema, "datetime('2025-05-10 12:00:00', n || ' days')"), "timestamptz", "text"))
	const (
		within  = " AS value FROM orders WHERE at >= :period_start AND at < :period_end"
		count   = "SELECT count(*)" + within
		sum     = "SELECT sum(n)" + within
		perDay  = "SELECT 'all' AS plan, count(*)" + within + " GROUP BY 1"
		broken  = "SELECT 1 / (count(*) - count(*))" + within
		few     = "SELECT count(*) AS value FROM incidents WHERE at >= :period_start AND at < :period_end"
		level   = "SELECT count(*) AS value FROM orders WHERE at <= :as_of"
		average = "SELECT avg(n) AS value, count(*) AS sample_size FROM orders WHERE at >= :period_start AND at < :period_end"
		past    = "\ntarget: {at_least: {same_period_last_year: +20%}}"
	)
	const asOf = "2026-04-03T09:00:00Z"
	for _, tc := range []struct{ name, kpis, want string }{
		{"a count of a month", kpi("it", count, "period: month"+past), "it: empty 2025-03-01, data from 2025-06-01"},
		{"nothing to sum up", kpi("it", sum, "period: month"+past), "it: empty 2025-03-01, data from 2025-06-01"},
		{"no rows", kpi("it", perDay, "period: month\nlabels: [plan]"+past), "it: empty 2025-03-01, data from 2025-06-01"},
		{"a comparison", kpi("it", count, "period: month\ncompare: same_period_last_year"), "it: empty 2025-03-01, data from 2025-06-01"},
		{"a quarter", kpi("it", count, "period: quarter"+past), "it: empty 2025-01-01, data from 2025-07-01"},
		{"a median", kpi("it", count, "period: month\ntarget: {at_least: {median_of_12: +0%}}"), "it: empty 2025-03-01, data from 2025-06-01"},
		{"the stricter", kpi("it", count, "period: month\ntarget: {at_least: {stricter_of: [1, {same_period_last_year: +0%}]}}"), "it: empty 2025-03-01, data from 2025-06-01"},
		{"of a segment", kpi("it", perDay, "period: month\nlabels: [plan]\ntarget: {at_least: 1, segments: [{plan: all, at_least: {same_period_last_year: +0%}}]}"), "it: empty 2025-03-01, data from 2025-06-01"},
		{"a day", kpi("it", count, "period: day"+past), "it: empty 2025-04-03, data from 2025-05-11"},
		{"to date", kpi("it", count, "period: {to_date: month}\ntarget: {at_least: {same_period_last_year: +0%}, pace: linear}"), "it: empty 2025-04-01, data from 2025-06-01"},
		{"a level", kpi("it", level, "period: instant\ntarget: {at_least: {a_year_ago: +0%}}"), "it: empty 2025-04-03, data from 2025-05-11"},
		{"trailing", kpi("it", count, "period: {trailing: 7d}\ntarget: {at_least: {a_year_ago: +0%}}"), "it: empty 2025-03-27, data from 2025-05-11"},
		{
			"what a formula reads", kpi("it", count, "period: month") + "growth:\n  title: Growth\n  formula: it / last_year(it)\n",
			"growth: empty 2025-03-01, data from 2025-06-01",
		},
		{
			"two that look back to the same", kpi("it", count, "period: month"+past) + "growth:\n  title: Growth\n  formula: it / last_year(it)\n",
			"it, growth: empty 2025-03-01, data from 2025-06-01",
		},

		{"from the first day of a month on", kpi("it", count+" AND at >= '2025-06-01'", "period: month"+past), "it: empty 2025-03-01, data from 2025-06-01"},
		{"from the second on", kpi("it", count+" AND at >= '2025-06-02'", "period: month"+past), "it: empty 2025-03-01, data from 2025-07-01"},
		{"to date, from the second on", kpi("it", count+" AND at >= '2025-06-02'", "period: {to_date: month}\ntarget: {at_least: {same_period_last_year: +0%}, pace: linear}"), "it: empty 2025-04-01, data from 2025-07-01"},
		{"seven days", kpi("it", count, "period: {days: 7}"+past), "it: empty 2025-03-28, data from 2025-05-11"},
		{
			"several of one database", kpi("a", count, "period: month"+past) + kpi("b", count+" AND at >= '2025-07-01'", "period: month"+past) +
				kpi("c", count, "period: day"+past), "a, b, c: empty 2025-03-01, data from 2025-07-01",
		},

		{"a past that has data", kpi("it", count, "period: month\ntarget: {at_least: {previous_period: +0%}}"), ""},
		{"no look back", kpi("it", count, "period: month\ntarget: {at_least: 1}"), ""},
		{"said already", kpi("it", count, "period: month\ndata_from: 2025-05-10"+past), ""},
		{"said, but too early", kpi("it", count, "period: month\ndata_from: 2025-01-01"+past), "it: empty 2025-03-01, data from 2025-06-01"},
		{"rare, and 0 now and then", kpi("it", few, "period: month\ntarget: {at_most: {same_period_last_year: +0%}}"), ""},
		{"nothing at all", kpi("it", count+" AND 1 = 0", "period: month"+past), ""},
		{"a failure", kpi("it", broken, "period: month"+past), ""},
		{"withheld", kpi("it", average, "period: month\nsuppress_below: 1000"+past), ""},
	} {
		for engine, url := range map[string]string{"postgres": postgres, "sqlite": sqlite} {
			t.Run(tc.name+"/"+engine, func(t *testing.T) {
				cfg := load(t, app(url, tc.kpis))
				e := NewEvaluator(cfg)
				defer e.Close()
				var got []string
				for _, p := range e.EmptyPasts(t.Context(), requests(cfg, at(t, asOf))) {
					got = append(got, fmt.Sprintf("%s: empty %s, data from %s", strings.Join(p.KPIs, ", "), p.Empty.Format("2006-01-02"), p.Begins.Format("2006-01-02")))
				}
				if diff := cmp.Diff(tc.want, strings.Join(got, "\n")); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}
