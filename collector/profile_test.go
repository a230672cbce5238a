package collector

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// hourlySales is a table with sales of every hour of 14 months: 10 on weekdays, 4 on weekends, of plan pro; a third of that, of plan
// new, which began in April 2026.
const hourlySales = `CREATE TABLE sales AS
	WITH RECURSIVE hours (at) AS (SELECT '2025-06-01 00:30:00' UNION ALL SELECT datetime(at, '+1 hour') FROM hours WHERE at < '2026-07-31')
	SELECT at, plan, CASE WHEN strftime('%w', at) IN ('0', '6') THEN 4.0 ELSE 10.0 END / divisor AS v
	FROM hours, (SELECT 'pro' AS plan, 1 AS divisor, '2025' AS began UNION ALL SELECT 'new', 3, '2026-04') WHERE at >= began;
	CREATE INDEX sales_at ON sales (at)`

// describePace writes what is foreseen of each sample.
func describePace(r Result) string {
	if r.Failure != nil {
		return r.Failure.Error()
	}
	number := func(v *float64) string {
		if v == nil {
			return "none"
		}
		return fmt.Sprintf("%.6g", *v)
	}
	var list []string
	for _, s := range r.Samples {
		text := fmt.Sprintf("%s%s → %s (%s … %s), %s of %d, ", strings.Join(s.Labels, " ")+" ", number(s.Value), number(s.Details().Forecast),
			number(s.Details().ForecastLow), number(s.Details().ForecastHigh), s.Details().PaceMethod, s.Details().PacePeriods)
		for _, b := range s.Details().Bounds {
			text += b.Tier + " " + number(&b.Value) + ", "
		}
		list = append(list, strings.TrimSpace(text+string(s.Status)+" "+string(s.Reason)))
	}
	return strings.Join(list, "; ")
}

func TestProfile(t *testing.T) {
	url := newSQLite(t, hourlySales)
	const query = "SELECT sum(v) AS value FROM sales WHERE plan = 'pro' AND at >= :period_start AND at < :period_end"
	const profile = "target: {at_least: 6048, critical: 3024, pace: profile}"
	for _, tc := range []struct {
		name, more, sql, asOf, want string
	}{
		{
			"E2: weekends at 40 %, Friday the 5th has passed", "period: {to_date: month}\n" + profile, query, "2026-06-06T00:00:00Z",
			"1200 → 6048 (6048 … 6048), profile of 6, target 1200, critical 600, on_target",
		},
		{
			"in a straight line it would be", "period: {to_date: month}\ntarget: {at_least: 6048, pace: linear}", query, "2026-06-06T00:00:00Z",
			"1200 → 7200 (none … none), linear of 0, target 1008, on_target",
		},
		{
			"within a day", "period: {to_date: month}\n" + profile, query, "2026-06-08T12:00:00Z",
			"1512 → 6048 (6048 … 6048), profile of 6, target 1512, critical 756, on_target",
		},
		{
			"too early", "period: {to_date: month}\n" + profile, query, "2026-06-02T00:00:00Z",
			"240 → none (none … none), profile of 6, unknown no_bound",
		},
		{
			"two earlier periods are too few", "period: {to_date: month}\ndata_from: 2026-04-01\n" + profile, query, "2026-06-06T00:00:00Z",
			"1200 → 7200 (none … none), linear of 0, target 1008, critical 504, on_target",
		},
		{
			"three are enough", "period: {to_date: month}\ndata_from: 2026-03-01\n" + profile, query, "2026-06-06T00:00:00Z",
			"1200 → 6048 (6048 … 6048), profile of 3, target 1200, critical 600, on_target",
		},
		{
			"all of the period", "period: {to_date: month}\n" + profile, query, "2026-06-30T23:59:59.999999999Z",
			"6048 → 6048 (none … none), profile of 0, target 6048, critical 3024, on_target",
		},
		{
			"a week", "period: {to_date: week}\ntarget: {at_least: 1392, pace: profile}", query, "2026-06-06T00:00:00Z",
			"1200 → 1392 (1392 … 1392), profile of 6, target 1200, on_target",
		},
		{
			"weekdays do not count in a quarter", "period: {to_date: quarter}\ndata_from: 2025-07-01\ntarget: {at_least: 18144, pace: profile}", query, "2026-05-16T00:00:00Z",
			"9072 → 18239.5 (18096.6 … 18242.1), profile of 3, target 9024.5, on_target",
		},
		{
			"each label set by itself", "period: {to_date: month}\nlabels: [plan]\n" + profile,
			"SELECT plan, sum(v) AS value FROM sales WHERE at >= :period_start AND at < :period_end GROUP BY plan", "2026-06-06T00:00:00Z",
			"new 400 → 2400 (none … none), linear of 0, target 1008, critical 504, off_target; " +
				"pro 1200 → 6048 (6048 … 6048), profile of 6, target 1200, critical 600, on_target",
		},
		{
			"a bound from the past is that of the same days", "period: {to_date: month}\ntarget: {at_least: {previous_period: +0%}, pace: profile}", query, "2026-06-06T00:00:00Z",
			"1200 → 6048 (6048 … 6048), profile of 6, target 912, on_target",
		},
		{
			"nothing so far", "period: {to_date: month}\n" + profile,
			"SELECT coalesce(sum(v), 0) AS value FROM sales WHERE plan = 'pro' AND at >= :period_start AND at < :period_end AND at < '2026-06-01'", "2026-06-06T00:00:00Z",
			"0 → 0 (none … none), profile of 6, target 1200, critical 600, off_target",
		},
		{
			"days that fail leave a straight line", "period: {to_date: month}\n" + profile,
			"SELECT CASE WHEN julianday(:period_end) - julianday(:period_start) <= 1 THEN 'x' ELSE sum(v) END AS value FROM sales WHERE plan = 'pro' AND at >= :period_start AND at < :period_end", "2026-06-06T00:00:00Z",
			"1200 → 7200 (none … none), linear of 0, target 1008, critical 504, on_target",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := load(t, app(url, kpi("it", tc.sql, tc.more)))
			asOf, err := time.Parse(time.RFC3339Nano, tc.asOf)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(describePace(evaluate(t, cfg, asOf)[0])); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// What earlier periods were is read again once an hour, and what whole ones and their days were is kept.
func TestProfileIsKept(t *testing.T) {
	url := newSQLite(t, hourlySales)
	cfg := load(t, app(url, kpi("it", "SELECT sum(v) AS value FROM sales WHERE plan = 'pro' AND at >= :period_start AND at < :period_end",
		"period: {to_date: month}\ntarget: {at_least: 6048, pace: profile}")))
	e := NewEvaluator(cfg)
	defer e.Close()
	pace := func(asOf string) string {
		return strings.TrimSpace(describePace(e.Evaluate(t.Context(), requests(cfg, at(t, asOf)))[0]))
	}
	if got, want := pace("2026-06-06T00:00:00Z"), "1200 → 6048 (6048 … 6048), profile of 6, target 1200, on_target"; got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	for _, earlier := range []string{"2026-06-05T00:00:00Z", "2026-03-06T00:00:00Z"} { // Whoever reads the past replaces nothing.
		pace(earlier)
	}
	execSQLite(t, url, "DELETE FROM sales WHERE at < '2026-06'")
	if got, want := pace("2026-06-06T00:59:00Z"), "1204 → 6048.33 (6048.33 … 6048.33), profile of 6, target 1203.93, on_target"; got != want {
		t.Errorf("within the hour: got  %s\nwant %s", got, want)
	}
	if got, want := pace("2026-06-06T01:00:00Z"), "1204 → 7164.3 (none … none), linear of 0, target 1016.4, on_target"; got != want {
		t.Errorf("an hour later: got  %s\nwant %s", got, want)
	}
}

// The range of a rate, with the words of its methods: 95 % of 27/900.
func TestRange(t *testing.T) {
	for _, tc := range []struct{ name, sql, more, want string }{
		{"of cases", "SELECT 27 AS good, 900 AS everyone", "numerator: good\ndenominator: everyone", "0.0207 … 0.0433"},
		{"by the names of the columns", "SELECT 0 AS numerator, 10 AS denominator", "", "0.0000 … 0.2775"},
		{"of a value beside them", "SELECT 0.03 AS value, 27 AS numerator, 900 AS denominator", "", "0.0207 … 0.0433"},
		{"another value", "SELECT 3 AS value, 27 AS numerator, 900 AS denominator", "", "none"},
		{"money", "SELECT sum(cost) AS cogs, sum(amount) AS revenue FROM orders", "numerator: cogs\ndenominator: revenue", "none"},
		{"another sample size", "SELECT 27 AS good, 900 AS everyone, 30 AS n", "numerator: good\ndenominator: everyone\nsample_size: n", "none"},
		{"parts of cases", "SELECT 2.5 AS good, 900 AS everyone", "numerator: good\ndenominator: everyone", "none"},
		{"more than all", "SELECT 901 AS good, 900 AS everyone", "numerator: good\ndenominator: everyone", "none"},
		{"withheld", "SELECT 1 AS good, 3 AS everyone", "numerator: good\ndenominator: everyone\nsuppress_below: 5", "none"},
		{"no ratio", "SELECT 3 AS value", "", "none"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := load(t, app(newSQLite(t, "CREATE TABLE orders AS SELECT 27 AS cost, 900 AS amount"), kpi("it", tc.sql, tc.more)))
			r := evaluate(t, cfg, at(t, "2026-05-05T12:00:00Z"))[0]
			if r.Failure != nil {
				t.Fatal(r.Failure)
			}
			got := "none"
			if s := r.Samples[0]; s.Details().RangeLow != nil {
				got = fmt.Sprintf("%.4f … %.4f", *s.Details().RangeLow, *s.Details().RangeHigh)
			}
			if got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
