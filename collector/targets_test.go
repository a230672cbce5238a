package collector

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTargetsFromAQuery has the plan of the sales team in a table of another database.
func TestTargetsFromAQuery(t *testing.T) {
	app := server.NewDatabase(t)
	plan := server.NewDatabase(t, "CREATE TABLE plan (month date, kpi text, plan text, region text, at_least numeric, at_most numeric, low numeric, high numeric, critical numeric)", `
		INSERT INTO plan VALUES
			('2026-04-01', 'it', NULL, NULL, 10, 20, 5, 15, NULL),
			('2026-04-01', 'it', 'pro', NULL, 100, 200, 50, 150, 80),
			('2026-04-01', 'it', NULL, 'eu', 11, 21, 6, 16, NULL),
			('2026-04-01', 'it', 'pro', 'us', NULL, NULL, NULL, NULL, NULL),
			('2026-04-01', 'other', 'pro', 'eu', 7, 7, 7, 7, 7),
			('2026-03-01', 'it', 'pro', 'eu', 1, 1, 1, 1, 1),
			('2026-02-01', 'it', 'pro', 'eu', 1, 1, 1, 1, 1),
			('2026-02-01', 'it', 'pro', 'eu', 2, 2, 2, 2, 2),
			('2026-01-01', 'it', 'basic', NULL, 1, 1, 1, 1, 1)`)
	const (
		all  = "SELECT kpi, plan, region, at_least, critical FROM plan WHERE month = (:period_start AT TIME ZONE :timezone)::date"
		four = "SELECT * FROM (VALUES ('basic', 'us', 12), ('basic', 'eu', 12), ('pro', 'eu', 90), ('pro', 'us', 90)) AS v (plan, region, value)"
		one  = "SELECT 'pro' AS plan, 'eu' AS region, 90 AS value"
	)
	for _, tc := range []struct {
		name, plan, sql, period, more, asOf, want string
	}{
		{
			"the row that names the most labels, of two the earlier label", all, four, "month", "", "2026-05-02T00:00:00Z",
			`plan="basic" region="eu" 12 on_target attainment 1.0909090909090908 by 11 target.lower=11 (query)` + "\n" +
				`plan="basic" region="us" 12 on_target attainment 1.2 by 10 target.lower=10 (query)` + "\n" +
				`plan="pro" region="eu" 90 at_risk attainment 0.9 by 100 target.lower=100 (query) critical.lower=80 (query)` + "\n" +
				`plan="pro" region="us" 90 unknown (no_bound)`,
		},
		{
			"of two rows the one with the earlier label, in whatever order they come", all + " ORDER BY plan IS NOT NULL, plan", one, "month", "", "2026-05-02T00:00:00Z",
			`plan="pro" region="eu" 90 at_risk attainment 0.9 by 100 target.lower=100 (query) critical.lower=80 (query)`,
		},
		{
			"what the row does not say, the file does", "SELECT kpi, plan, at_least FROM plan WHERE month = :period_start AND plan = 'pro' AND region IS NULL", one, "month",
			", tolerance: 20%", "2026-05-02T00:00:00Z",
			`plan="pro" region="eu" 90 at_risk attainment 0.9 by 100 target.lower=100 (query) critical.lower=80 (tolerance)`,
		},
		{
			"at most", "SELECT kpi, plan, region, at_most, critical FROM plan WHERE month = :period_start AND kpi = 'other'" +
				" UNION ALL SELECT 'it', 'pro', 'eu', 80, 100", one, "month", "", "2026-05-02T00:00:00Z",
			`plan="pro" region="eu" 90 at_risk attainment 0.875 by 80 target.upper=80 (query) critical.upper=100 (query)`,
		},
		{
			"low and high", "SELECT kpi, plan, low, high FROM plan WHERE month = :period_start AND region IS NULL", one, "month", ", tolerance: 10%", "2026-05-02T00:00:00Z",
			`plan="pro" region="eu" 90 on_target attainment 1 by 50 target.lower=50 (query) target.upper=150 (query) critical.lower=45 (tolerance) critical.upper=165 (tolerance)`,
		},
		{"no row for the labels", all, one, "month", "", "2026-02-02T00:00:00Z", `plan="pro" region="eu" 90 unknown (no_bound)`},
		{"no row at all", all, one, "month", "", "2025-02-02T00:00:00Z", `plan="pro" region="eu" 90 unknown (no_bound)`},
		{
			"by its pace", "SELECT 'it' AS kpi, 100 AS at_least, 80 AS critical", one,
			"{to_date: month}", ", pace: linear", "2026-04-16T00:00:00Z",
			`plan="pro" region="eu" 90 on_target attainment 1.8 by 50 pace 1.8 forecast 180 target.lower=50 (query) critical.lower=40 (query)`,
		},
		{
			"two rows for the same labels", all, one, "month", "", "2026-03-02T00:00:00Z",
			`duplicate: kpi "it": its target from query "sales_plan": row 2 is for the same labels as row 1`,
		},
		{
			"a column that nobody reads", "SELECT 'it' AS kpi, 100 AS at_least, 'approved by Jo' AS note", one, "month", "", "2026-03-02T00:00:00Z",
			`plan="pro" region="eu" 90 off_target attainment 0.9 by 100 target.lower=100 (query)`,
		},
		{
			"a slip in a bound", "SELECT 'it' AS kpi, 100 AS at_least, 80 AS critcal", one, "month", "", "2026-03-02T00:00:00Z",
			`column: kpi "it": its target from query "sales_plan": column "critcal" of the result is used by no KPI; did you mean "critical"?`,
		},
		{
			"a slip in a bound that another KPI may want", "SELECT 'it' AS kpi, 100 AS at_most, 80 AS at_leest", one, "month", "", "2026-03-02T00:00:00Z",
			`column: kpi "it": its target from query "sales_plan": column "at_leest" of the result is used by no KPI; did you mean "at_least"?`,
		},
		{
			"a slip in a label", "SELECT 'it' AS kpi, 100 AS at_least, 'pro' AS plann", one, "month", "", "2026-03-02T00:00:00Z",
			`column: kpi "it": its target from query "sales_plan": column "plann" of the result is used by no KPI; did you mean "plan"?`,
		},
		{
			"without kpi", "SELECT at_least FROM plan", one, "month", "", "2026-03-02T00:00:00Z",
			`column: kpi "it": its target from query "sales_plan": column "kpi" is not in the result (has: at_least)`,
		},
		{
			"a bound that is not a number", "SELECT kpi, at_least::text FROM plan", one, "month", "", "2026-03-02T00:00:00Z",
			`value: kpi "it": its target from query "sales_plan": row 1: column "at_least": text is not a number: write at_least::numeric if its text is one`,
		},
		{
			"more rows than series", "SELECT 'it' AS kpi, n::text AS plan, 1 AS at_least FROM generate_series(1, 5) AS n", one, "month", "", "2026-03-02T00:00:00Z",
			`too_many_series: kpi "it": its target from query "sales_plan": the result has more than 4 rows for the KPI (max_series)`,
		},
		{
			"a failure of the database", "SELECT kpi, 1 / (at_least - at_least) AS at_least FROM plan", one, "month", "", "2026-03-02T00:00:00Z",
			`query: kpi "it": its target from query "sales_plan": division by zero (22012)`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := fmt.Sprintf("timezone: UTC\ndatabases: {app: {url: %q}, plans: {url: %q}}\nqueries:\n  sales_plan:\n    database: plans\n    query: |\n%skpis:\n%s",
				app, plan, indent(6, tc.plan), indent(2, kpi("it", tc.sql,
					"database: app\nmax_series: 4\nperiod: "+tc.period+"\nlabels: [plan, region]\ntarget: {from: sales_plan"+tc.more+"}")))
			got := describe(evaluate(t, load(t, file), at(t, tc.asOf))[0])
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\ngot:\n%s", diff, got)
			}
		})
	}
}

func TestPace(t *testing.T) {
	url := server.NewDatabase(t)
	toDate := func(target string) string { return "period: {to_date: month}\ntarget: {" + target + ", pace: linear}" }
	const half, early, october = "2026-04-16T00:00:00Z", "2026-04-03T23:59:59Z", "2026-10-05T00:00:00+02:00"
	testDated(t, url, []dated{
		{
			"behind, within the tolerance", "SELECT 460 AS value", toDate("at_least: 1000, tolerance: 10%, stretch: 1200"), half,
			"460 at_risk attainment 0.92 by 500 pace 0.92 forecast 920 target.lower=500 critical.lower=450 (tolerance) stretch.lower=600",
		},
		{
			"a critical bound after a change of clocks", "SELECT 1000 AS value", "timezone: Europe/Berlin\n" + toDate("at_least: 8000, critical: 7000"), october,
			"1000 at_risk attainment 0.97005208333333 by 1030.87248322148 pace 0.97005208333333 forecast 7760.416666666666 target.lower=1030.87248322148 critical.lower=902.013422818792",
		},
		{
			"a tolerance in the unit that ends there", "SELECT 1000 AS value", "timezone: Europe/Berlin\n" + toDate("at_least: 8000, tolerance: 1000"), october,
			"1000 at_risk attainment 0.97005208333333 by 1030.87248322148 pace 0.97005208333333 forecast 7760.416666666666 target.lower=1030.87248322148 critical.lower=902.013422818792 (tolerance)",
		},
		{
			"a tolerance in the unit, at both ends", "SELECT 350 AS value", toDate("between: [800, 1000], tolerance: 100"), half,
			"350 at_risk attainment 0.875 by 400 pace 0.875 forecast 700 target.lower=400 target.upper=500 critical.lower=350 (tolerance) critical.upper=550 (tolerance)",
		},
		{
			"a tolerance in the unit, from what was there by then", "SELECT extract(month FROM :period_start) * 100 AS value",
			toDate("at_least: {previous_period: +150}, tolerance: 30"), half,
			"400 on_target attainment 1.0666666666666667 by 375 pace 1.0666666666666667 forecast 800 target.lower=375 (previous_period) critical.lower=360 (tolerance)",
		},
		{
			"a tolerance in the unit, from the stricter", "SELECT 490 AS value",
			toDate("at_most: {stricter_of: [1000, {previous_period: -40}]}, tolerance: 50"), half,
			"490 at_risk attainment 0.9574468085106383 by 470 pace 1.0425531914893618 forecast 980 target.upper=470 (stricter_of) critical.upper=495 (tolerance)",
		},
		{"a tolerance in the unit before a tenth", "SELECT 1 AS value", toDate("at_least: 1000, tolerance: 100"), early, "1 unknown (no_bound)"},
		{
			"behind, past the critical bound", "SELECT 390 AS value", toDate("at_least: 1000, critical: 800"), half,
			"390 off_target attainment 0.78 by 500 pace 0.78 forecast 780 target.lower=500 critical.lower=400",
		},
		{
			"more spent than allowed", "SELECT 550 AS value", toDate("at_most: 1000"), half,
			"550 off_target attainment 0.9 by 500 pace 1.1 forecast 1100 target.upper=500",
		},
		{
			"between", "SELECT 450 AS value", toDate("between: [800, 1000]"), half,
			"450 on_target attainment 1 by 400 pace 1 forecast 900 target.lower=400 target.upper=500",
		},
		{
			"below between", "SELECT 300 AS value", toDate("between: [800, 1000]"), half,
			"300 off_target attainment 0.75 by 400 pace 0.75 forecast 600 target.lower=400 target.upper=500",
		},
		{"before a tenth", "SELECT 1 AS value", toDate("at_least: 1000, critical: 1"), early, "1 unknown (no_bound)"},
		{
			"at a tenth", "SELECT 99 AS value", toDate("at_least: 1000"), "2026-04-04T00:00:00Z",
			"99 off_target attainment 0.99 by 100 pace 0.99 forecast 990 target.lower=100",
		},
		{"at the boundary the next period begins", "SELECT 0 AS value", toDate("at_least: 1000"), "2026-05-01T00:00:00Z", "0 unknown (no_bound)"},
		{
			"steps are read at the period's end", "SELECT 50 AS value", "period: {to_date: year}\ntarget: {at_least: {steps: {2026-Q1: 10, 2026-Q4: 100}}, pace: linear}", "2026-07-02T12:00:00Z",
			"50 on_target attainment 1 by 50 pace 1 forecast 100 target.lower=50 (steps)",
		},
		{
			"the stricter of a share and what was there by then", "SELECT extract(month FROM :period_start) AS value",
			toDate("at_least: {stricter_of: [4, {previous_period: +0%}]}"), half,
			"4 on_target attainment 1.3333333333333333 by 3 pace 1.3333333333333333 forecast 8 target.lower=3 (stricter_of)",
		},
		{"a period to date without a target has no pace", "SELECT 50 AS value", "period: {to_date: month}", half, "50 no_target"},
	})
}

func TestStepsAndRamps(t *testing.T) {
	const (
		steps = "period: month\ntimezone: Europe/Berlin\ntarget: {at_least: {steps: {2026-Q3: 10, 2026-Q4: 20, 2027: none}}}"
		ramp  = "timezone: Europe/Berlin\ntarget: {at_least: {ramp: {2026-01-01: 800, 2026-01-11: 1200}}}"
	)
	fiscal := func(year string) string {
		return "period: month\nyear_start: february\nfiscal_year: " + year + "\ntarget: {at_least: {steps: {2026-Q1: 10, 2027: 20}}}"
	}
	tests := []dated{
		{"the last month of a quarter", "SELECT 15 AS value", steps, "2026-10-01T00:00:00+02:00", "15 on_target attainment 1.5 by 10 target.lower=10 (steps)"},
		{"September, asked in November, is history", "SELECT 15 AS value", steps, "2026-10-31T23:59:59+01:00", "15 on_target attainment 1.5 by 10 target.lower=10 (steps)"},
		{"the first month of the next", "SELECT 15 AS value", steps, "2026-11-01T00:00:00+01:00", "15 off_target attainment 0.75 by 20 target.lower=20 (steps)"},
		{"before the first", "SELECT 15 AS value", steps, "2026-07-01T00:00:00+02:00", "15 unknown (no_bound)"},
		{"after none", "SELECT 15 AS value", steps, "2027-02-01T00:00:00+01:00", "15 unknown (no_bound)"},
		{"on a ramp", "SELECT 1100 AS value", ramp, "2026-01-06T00:00:00+01:00", "1100 on_target attainment 1.1 by 1000 target.lower=1000 (ramp)"},
		{"after a ramp", "SELECT 1100 AS value", ramp, "2027-01-06T00:00:00+01:00", "1100 off_target attainment 0.9166666666666666 by 1200 target.lower=1200 (ramp)"},
		{"a quarter of the fiscal year that starts then", "SELECT 15 AS value", fiscal("start"), "2026-03-05T00:00:00Z", "15 on_target attainment 1.5 by 10 target.lower=10 (steps)"},
		{"a quarter of the fiscal year that ends then", "SELECT 15 AS value", fiscal("end"), "2026-03-05T00:00:00Z", "15 off_target attainment 0.75 by 20 target.lower=20 (steps)"},
		{"before the fiscal year that ends then", "SELECT 15 AS value", fiscal("end"), "2025-02-05T00:00:00Z", "15 unknown (no_bound)"},
	}
	testDated(t, server.NewDatabase(t), tests)
	testDated(t, newSQLite(t), tests)
}
