package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSentence(t *testing.T) {
	const head = `databases: {app: {url: "sqlite://app.db"}, eu: {url: "sqlite://eu.db"}, late: {url: "sqlite://late.db", data_until: SELECT max(at) FROM loads}}
defaults: {database: app}
queries:
  plan: {query: "SELECT 'k' AS kpi, 5 AS at_least"}
  most: {query: "SELECT 'k' AS kpi, 5 AS at_most"}
  ends: {query: "SELECT 'k' AS kpi, 5 AS low, 6 AS high"}
  loaded: {period: week, query: SELECT 1 AS n, data_until: SELECT max(at) FROM loads}
  shared: {period: week, labels: [plan, day_n], merge: sum, query: "SELECT plan, day_n, n, a, b FROM t"}
kpis:
  k: {title: Churn, `
	const sql = "query: SELECT 1 AS value, "
	toDate := func(unit, target string) string {
		return sql + "labels: [plan], period: {to_date: " + unit + "}, target: {" + target + ", pace: linear}"
	}
	for _, test := range []struct{ name, kpi, want string }{
		{"nothing", sql + "period: day", "Churn of the last complete day: no target."},
		{"direction", sql + "period: week, better: lower, owner: ann", "Churn of the last complete week: no target, lower is better; owner ann."},
		{
			"everything", `period: month, labels: [plan], unit: ratio, numerator: lost, denominator: paying_customers, query: SELECT 1 AS lost, owner: success,
    target: {at_most: 3%, critical: 5%, stretch: 1%, min_sample: 30, segments: [{plan: enterprise, at_most: 1%}, {plan: free, target: none}]}, suppress_below: 5`,
			"Churn by plan of the last complete month: at most 3%; at risk up to 5%; stretch goal of 1%; for plan enterprise at most 1%; " +
				"for plan free no target; needs 30 paying customers; withheld below 5 paying customers; owner success.",
		},
		{
			"what differs", sql + `period: day, labels: [plan, region], sample_size: n,
    target: {at_least: 10, tolerance: 10%, segments: [{plan: a, region: eu, tolerance: 2}, {plan: b, at_least: 20}, {plan: c, min_sample: 5}]}`,
			"Churn by plan and region of the last complete day: at least 10; at risk within 10% of the target; for plan a and region eu at risk within 2 of the target; " +
				"for plan b at least 20; for plan c needs 5 samples.",
		},
		{"range", sql + "period: {days: 30}, target: {between: [3, 5], critical: [2, 6]}", "Churn of the last 30 complete days: between 3 and 5; at risk down to 2 and up to 6."},
		{"label in the title", sql + "title: Churn by plan, period: instant, labels: [plan]", "Churn by plan at the moment: no target."},
		{"several databases", sql + "period: {trailing: 36h}, databases: [app, eu]", "Churn by database of the trailing 36 hours: no target."},
		{"months", sql + "period: {trailing: 12mo}", "Churn of the trailing 12 months: no target."},
		{"profile", sql + "period: {to_date: month}, target: {at_least: 100, pace: profile}", "Churn of the running month so far: at least 100 for the whole month, as far as earlier months had come by then."},
		{"pace", sql + "period: {to_date: month}, target: {at_least: 100, pace: linear}", "Churn of the running month so far: at least 100 for the whole month, in proportion to the time passed."},
		{
			"pace of every bound", toDate("month", "at_least: 1000, critical: 800, stretch: 1200, segments: [{plan: pro, at_least: 500, critical: 400}]"),
			"Churn by plan of the running month so far: at least 1000 for the whole month, in proportion to the time passed; at risk down to 800 in the same proportion; " +
				"stretch goal of 1200 in the same proportion; for plan pro at least 500 in the same proportion, at risk down to 400 in the same proportion.",
		},
		{
			"pace of a tolerance in the unit", toDate("month", "at_most: 1000, tolerance: 100"),
			"Churn by plan of the running month so far: at most 1000 for the whole month, in proportion to the time passed; " +
				"at risk within 100, in proportion to the time passed, of the target.",
		},
		{
			"pace of a tolerance that is a share", toDate("week", "at_most: 1000, tolerance: 10%"),
			"Churn by plan of the running week so far: at most 1000 for the whole week, in proportion to the time passed; at risk within 10% of the target.",
		},
		{
			"pace of steps", toDate("quarter", "at_least: {steps: {2026-Q1: 800, 2026-Q2: 900}}"),
			"Churn by plan of the running quarter so far: at least (800 from 2026-01-01 on, 900 from 2026-04-01 on) for the whole quarter, in proportion to the time passed.",
		},
		{
			"pace of a range", toDate("month", "between: [{ramp: {2026: 1, 2027: 2}}, {benchmark: 5, source: a study}], critical: [0, 6]"),
			"Churn by plan of the running month so far: between (the straight line from 1 on 2026-01-01 to 2 on 2027-01-01) and 5 (benchmark: a study) " +
				"for the whole month, in proportion to the time passed; at risk down to 0 and up to 6 in the same proportion.",
		},
		{
			"last year so far", toDate("month", "at_least: {same_period_last_year: +20%}, tolerance: 5%"),
			"Churn by plan of the running month so far: at least 20% above the same month last year up to the same day and time; at risk within 5% of the target.",
		},
		{
			"last year so far, with a plan", toDate("year", "at_least: {same_period_last_year: +0%}, critical: 800, stretch: {previous_period: +10%}"),
			"Churn by plan of the running year so far: at least the previous year up to the same day and time; at risk down to 800 for the whole year, " +
				"in proportion to the time passed; stretch goal of 10% above the previous year up to the same day and time.",
		},
		{
			"a difference from the past", toDate("month", "at_least: {previous_period: +5}, tolerance: 2"),
			"Churn by plan of the running month so far: at least 5, in proportion to the time passed, above the previous month up to the same day and time; " +
				"at risk within 2, in proportion to the time passed, of the target.",
		},
		{
			"the median so far", toDate("month", "at_most: {median_of_6: -10%}, critical: {mean_of_12: +0%}"),
			"Churn by plan of the running month so far: at most 10% below the median of the 6 months before, each up to the same day and time; " +
				"at risk up to the mean of the 12 months before, each up to the same day and time.",
		},
		{
			"the stricter of a plan and the past", toDate("month", "at_least: {stricter_of: [1000, {previous_period: +0%}, {steps: {2026: 800}}]}"),
			"Churn by plan of the running month so far: at least the strictest of (1000 for the whole month, in proportion to the time passed), " +
				"the previous month up to the same day and time and (800 from 2026-01-01 on in the same proportion).",
		},
		{
			"the stricter of two plans", toDate("month", "at_least: {stricter_of: [1000, {steps: {2026: 800}}]}"),
			"Churn by plan of the running month so far: at least (the stricter of 1000 and (800 from 2026-01-01 on)) for the whole month, in proportion to the time passed.",
		},
		{
			"between a plan and the past", toDate("month", "between: [1000, {stricter_of: [{previous_period: +20%}, 5000]}]"),
			"Churn by plan of the running month so far: between (1000 for the whole month, in proportion to the time passed) and " +
				"(the stricter of 20% above the previous month up to the same day and time and (5000 in the same proportion)).",
		},
		{
			"a day and a week so far", toDate("day", "at_least: {previous_period: +0%}, critical: {same_period_last_year: -5%}"),
			"Churn by plan of the running day so far: at least the previous day up to the same time; at risk down to 5% below the day 52 weeks before up to the same time.",
		},
		{
			"a query's critical bound", toDate("quarter", "from: plan, critical: 3, segments: [{plan: pro, critical: {previous_period: -50%}}]"),
			"Churn by plan of the running quarter so far: at least what the query plan says for the whole quarter, in proportion to the time passed; " +
				"at risk down to 3 in the same proportion; for plan pro at risk down to 50% below the previous quarter up to the same day and time.",
		},
		{
			"a fiscal year", sql + "period: month, year_start: february, fiscal_year: end, target: {at_least: {steps: {2026: 1, 2026-Q2: 2, 2026-10: 3}}}",
			"Churn of the last complete month: at least 1 from 2025-02-01 on, 2 from 2025-05-01 on, 3 from 2026-10-01 on.",
		},
		{"benchmark", sql + "period: day, unit: ratio, target: {at_least: {benchmark: 75%, source: a study}}", "Churn of the last complete day: at least 75% (benchmark: a study)."},
		{"steps", sql + "period: day, target: {at_least: {steps: {2026-Q1: 800, 2026-Q2: none}}}", "Churn of the last complete day: at least 800 from 2026-01-01 on, none from 2026-04-01 on."},
		{"ramp", sql + "period: day, target: {at_most: {ramp: {2026-01: 8, 2026-07: 6}}}", "Churn of the last complete day: at most the straight line from 8 on 2026-01-01 to 6 on 2026-07-01."},
		{
			"past", sql + "period: day, unit: ratio, target: {at_least: {stricter_of: [{previous_period: +5%}, {median_of_6: -2pp}, {same_period_last_year: +0%}]}}",
			"Churn of the last complete day: at least the strictest of 5% above the previous day, 2 percentage points below the median of the 6 days before " +
				"and the day 52 weeks before.",
		},
		{"a while ago", sql + "period: instant, target: {at_most: {a_month_ago: +5}}", "Churn at the moment: at most 5 above the value a month ago."},
		{"from a query", sql + "period: day, target: {from: plan, tolerance: 5%}", "Churn of the last complete day: at least what the query plan says; at risk within 5% of the target."},
		{
			"range by query", "period: day, query: SELECT 1 AS value, target: {from: ends, critical: [1, 9]}",
			"Churn of the last complete day: within the range that the query ends gives; at risk down to 1 and up to 9.",
		},
		{
			"at most by query", "period: {to_date: quarter}, query: SELECT 1 AS value, target: {from: most, pace: linear}",
			"Churn of the running quarter so far: at most what the query most says for the whole quarter, in proportion to the time passed.",
		},
		{
			"moving range", sql + "period: {days: 7}, target: {between: [{steps: {2026: 3, 2027: 4}}, {stricter_of: [{previous_period: -1}, {mean_of_6: +0%}]}], " +
				"critical: [{ramp: {2026: 1, 2027: 2, 2028: none}}, {same_period_last_year: +10%}]}",
			"Churn of the last 7 complete days: between (3 from 2026-01-01 on, 4 from 2027-01-01 on) and (the stricter of 1 below the previous 7 days " +
				"and the mean of the 6 periods before); at risk down to (the straight line from 1 on 2026-01-01 to 2 on 2027-01-01, none from 2028-01-01 on) " +
				"and up to 10% above the period 52 weeks before.",
		},
		{
			"last year", sql + "period: month, unit: ratio, target: {at_most: {same_period_last_year: -1pp}, tolerance: 1pp, stretch: {median_of_12: -10%}}",
			"Churn of the last complete month: at most 1 percentage point below the same month last year; at risk within 1 percentage point of the target; " +
				"stretch goal of 10% below the median of the 12 months before.",
		},
		{
			"years", sql + "period: year, target: {at_least: {same_period_last_year: +0%}, critical: {previous_period: -1.5k}}",
			"Churn of the last complete year: at least the previous year; at risk down to 1500 below the previous year.",
		},
		{
			"ago", sql + "period: {trailing: 1mo}, target: {at_least: {stricter_of: [{a_week_ago: +1}, {a_quarter_ago: +2}, {a_year_ago: +3}, {benchmark: 4, source: a study}]}}",
			"Churn of the trailing month: at least the strictest of 1 above the value a week ago, 2 above the value a quarter ago, 3 above the value a year ago " +
				"and 4 (benchmark: a study).",
		},
		{
			"several differences", sql + "period: day, labels: [plan_kind], sample_size: opening, target: {at_least: 2, min_sample: 1, segments: " +
				"[{plan_kind: a, at_least: 3, critical: 1, stretch: 5, min_sample: 1.5M}]}",
			"Churn by plan kind of the last complete day: at least 2; for plan kind a at least 3, at risk down to 1, stretch goal of 5, needs 1500000 samples; needs 1 sample.",
		},
		{"comma in the title", sql + "title: 'Churn, monthly', period: month", "Churn, monthly, of the last complete month: no target."},
		{"some labels in the title", sql + "title: Churn by Plan, period: day, labels: [plan, region]", "Churn by plan and region of the last complete day: no target."},
		{"labels within the title", sql + "title: Churn by plan and month, period: day, labels: [plan]", "Churn by plan and month of the last complete day: no target."},
		{"waits", sql + "period: day, database: late", "Churn of the last complete day: no target; waits until its data is complete."},
		{"waits for its query", "from: loaded, value: n", "Churn of the last complete week: no target; waits until its data is complete."},
		{"sum of rows", "from: shared, value: n, labels: []", "Churn of the last complete week, summed over every day n and plan: no target."},
		{"ratio of rows", "from: shared, labels: [plan], numerator: a, denominator: b, merge: ratio", "Churn by plan of the last complete week, pooled over every day n: no target."},
		{"lowest of rows", "from: shared, value: n, labels: [plan], merge: min", "Churn by plan of the last complete week, the lowest value of any day n: no target."},
		{"sum of databases", sql + "period: day, databases: [app, eu], merge: sum", "Churn of the last complete day, summed over the databases app and eu: no target."},
		{"highest of databases", sql + "period: day, databases: [app, eu], merge: max", "Churn of the last complete day, the highest value of the databases app and eu: no target."},
		{
			"both", "from: shared, labels: [plan], numerator: a, denominator: b, merge: ratio, databases: [app, eu]",
			"Churn by plan of the last complete week, pooled over every day n in the databases app and eu: no target.",
		},
		{"one database of a list", sql + "period: day, databases: [app], merge: sum", "Churn of the last complete day: no target."},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := head
			if strings.Contains(test.kpi, "title:") {
				text = strings.Replace(text, "title: Churn, ", "", 1)
			}
			if diff := cmp.Diff(test.want, Sentence(load(t, text+test.kpi+"}\n").KPIs[0])); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
